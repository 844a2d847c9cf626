"""One comparison: an engine, its stages, the bare network and the peers, on the same frames."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.backends.base import Frame, Mask
from lpsnet_ros.engine.benchmark.measure import (
    WARMUP,
    Measured,
    Run,
    agreement,
    interleave,
    summarise,
)
from lpsnet_ros.engine.benchmark.memory import extra_memory
from lpsnet_ros.engine.benchmark.peers import PEERS, Peer, PeerTask
from lpsnet_ros.engine.benchmark.plain import bare_network
from lpsnet_ros.engine.benchmark.results import (
    BARE,
    ENGINE,
    NETWORK,
    OURS,
    PEER,
    STAGE,
    Case,
    CaseResult,
    Row,
)
from lpsnet_ros.engine.benchmark.subject import references
from lpsnet_ros.engine.engine import network_size
from lpsnet_ros.engine.reason import reason_of
from lpsnet_ros.network import LPSNet

Progress = Callable[[Iterable[int]], Iterable[int]]


@dataclass(frozen=True)
class _Candidate:
    kind: str
    description: str
    run: Run
    ready_s: float


def run_case(
    case: Case,
    network: LPSNet,
    frames: Sequence[Frame],
    rounds: int,
    *,
    peers: Mapping[str, Peer] = PEERS,
    warmup: int = WARMUP,
    seed: int = 0,
    cache_dir: Path | None = None,
    memory: bool = False,
    progress: Progress = iter,
) -> CaseResult:
    """Get all candidates ready, time them interleaved and compare their masks.

    Sets the number of torch's threads to the case's.

    Args:
        case: the comparison.
        network: with its ``info``.
        frames: of the case's size, at least one.
        rounds: timings of each candidate.
        peers: those to take part; one that is missing, unfit or failing is left out.
        warmup: further rounds before, which don't count.
        seed: of the order.
        cache_dir: as for ``Engine``.
        memory: measure that as well, where it can be.
        progress: wraps the rounds.

    Raises:
        ValueError: the engine can't do it.
        PreparationError: its back end should work here and doesn't.

    """
    torch.set_num_threads(case.threads)
    engine = _engine(case, network, cache_dir)
    task = _peer_task(case, network, frames[0], engine)
    candidates = _own_candidates(engine, task)
    ready = {name: _ready(peer, task) for name, peer in peers.items()}
    candidates |= {name: c for name, c in ready.items() if isinstance(c, _Candidate)}
    left_out = {name: reason for name, reason in ready.items() if isinstance(reason, str)}
    stages: list[Mapping[str, float]] = []
    runs = {name: c.run for name, c in candidates.items()}
    runs[STAGE] = lambda frame: stages.append(engine.timed(frame)[1])
    measured = interleave(runs, frames, progress(range(rounds)), warmup=warmup, seed=seed)
    if OURS in measured.failures:
        raise ValueError(f'the engine failed: {measured.failures[OURS]}')
    masks = [r.mask for r in references(network, task.network_size, frames)]
    rows = _rows(candidates, measured, frames, masks)
    rows[1:1] = _stage_rows(stages[warmup:])
    left_out.update(measured.failures)
    if memory:
        rows = _with_memory(rows, case, task, engine, left_out)
    return CaseResult(case, engine.provenance, rows, left_out)


def _with_memory(
    rows: Sequence[Row], case: Case, task: PeerTask, engine: Engine, left_out: dict[str, str]
) -> list[Row]:
    """Add the memory of calls to the rows; why there is none to what is left out."""
    origin = engine.provenance
    measured = replace(case, backend=origin.backend, precision=origin.precision)
    if origin.backend != 'cpu':
        left_out['memory'] = 'measured on the CPU only'
        return list(rows)
    try:
        extra = extra_memory(measured, task.network, task.network_size, task.frame)
    except (OSError, subprocess.TimeoutExpired) as error:
        left_out['memory'] = reason_of(error)
        return list(rows)
    return [replace(row, extra_mib=extra.get(row.name)) for row in rows]


def _engine(case: Case, network: LPSNet, cache_dir: Path | None) -> Engine:
    return Engine(
        network,
        case.size,
        resolution=case.resolution,
        backend=case.backend,
        precision=case.precision,
        cache_dir=cache_dir,
        model=case.model,
    )


def _peer_task(case: Case, network: LPSNet, frame: Frame, engine: Engine) -> PeerTask:
    origin = engine.provenance
    device = torch.device('cpu' if origin.device == 'cpu' else 'cuda')
    size = network_size(case.size, origin.resolution)
    return PeerTask(network, size, frame, case.threads, origin.precision, device)


def _own_candidates(engine: Engine, task: PeerTask) -> dict[str, _Candidate]:
    provenance = engine.provenance
    begun = time.perf_counter()
    bare = bare_network(task.network, task.network_size, task.precision, task.device)
    seconds = time.perf_counter() - begun
    described = f'{provenance.backend} {provenance.precision}, {provenance.note}'
    alone = f'folded, channels last, {task.precision}, normalised input'
    return {
        OURS: _Candidate(ENGINE, described, engine, provenance.seconds),
        BARE: _Candidate(NETWORK, alone, bare, seconds),
    }


def _ready(peer: Peer, task: PeerTask) -> _Candidate | str:
    """Build a peer and let it do one frame; or say why it can't."""
    obstacle = peer.missing() or peer.unfit(task)
    if obstacle:
        return obstacle
    begun = time.perf_counter()
    try:
        with _without_warnings():
            run = peer.build(task)
            mask = run(task.frame)
    except Exception as error:
        return reason_of(error)
    if mask.dtype != np.uint8 or mask.shape != task.frame.shape[:2]:
        return f'computes {mask.dtype} {mask.shape}, not the mask of the frame'
    return _Candidate(PEER, peer.description, run, time.perf_counter() - begun)


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep the exporters' remarks on tracing, of which masks tell more, out of the tables."""
    exporter = logging.getLogger('torch.onnx')
    level = exporter.level
    exporter.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        exporter.setLevel(level)


def _rows(
    candidates: Mapping[str, _Candidate],
    measured: Measured,
    frames: Sequence[Frame],
    references: Sequence[Mask],
) -> list[Row]:
    rows = []
    for name, times in measured.times.items():
        if name == STAGE:
            continue
        its = candidates[name]
        equal = None
        if its.kind != NETWORK:
            equal = agreement((its.run(frame) for frame in frames), references)
        rows.append(
            Row(name, its.kind, its.description, summarise(times), its.ready_s, equal, times)
        )
    return rows


def _stage_rows(stages: Sequence[Mapping[str, float]]) -> list[Row]:
    times = {name: [stage[name] for stage in stages] for name in (stages[0] if stages else ())}
    return [
        Row(name, STAGE, "a stage of the engine's call", summarise(t), None, None, t)
        for name, t in times.items()
    ]
