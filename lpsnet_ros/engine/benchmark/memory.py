"""Memory that a call needs for as long as it runs, measured in a process of its own.

``tracemalloc`` does not see what torch and our kernels allocate. Linux keeps the peak of a
process's resident memory and resets it when asked to; with an allocator that returns every larger
block at once, that peak less the memory before a warm call is what the call needed. It holds for
what frees its buffers after a call, as torch does on the CPU; runtimes that keep theirs would look
too good.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.backends.base import Frame
from lpsnet_ros.engine.benchmark.plain import PlainPipeline, bare_network, on_frames
from lpsnet_ros.engine.benchmark.results import BARE, EAGER, OURS, Case
from lpsnet_ros.network import LPSNet, load_checkpoint, save_checkpoint

STATUS, RESET = Path('/proc/self/status'), Path('/proc/self/clear_refs')
RESET_PEAK = '5'
ALLOCATOR = {'MALLOC_MMAP_THRESHOLD_': '65536', 'MALLOC_TRIM_THRESHOLD_': '0'}
WARM_CALLS = 2
TIMEOUT_S = 300


def extra_memory(
    case: Case, network: LPSNet, network_size: tuple[int, int], frame: Frame
) -> Mapping[str, float]:
    """Return the MiB that a warm call needs, by candidate: engine, bare network, eager.

    Args:
        case: with the back end and precision that the engine has; the back end is ``cpu``.
        network: with its ``info``.
        network_size: (height, width) of the picture that the network sees.
        frame: uint8 (H,W,3) BGR.

    Raises:
        OSError: it can't be measured on this system.

    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_checkpoint(network.folded(), folder / 'network.safetensors')
        np.save(folder / 'frame.npy', frame)
        (folder / 'case.json').write_text(json.dumps([asdict(case), network_size]))
        command = [sys.executable, '-m', 'lpsnet_ros.engine.benchmark.memory', name]
        environment = {
            **os.environ,
            **ALLOCATOR,
            'PYTHONPATH': os.pathsep.join(filter(None, sys.path)),
        }
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S
        )
    if done.returncode:
        raise OSError((done.stderr.strip().splitlines() or ['memory can not be measured'])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def _measure(folder: Path) -> dict[str, float]:
    fields, network_size = json.loads((folder / 'case.json').read_text())
    case = Case(**{**fields, 'size': tuple(fields['size'])})
    network = load_checkpoint(folder / 'network.safetensors')
    frame = np.load(folder / 'frame.npy')
    torch.set_num_threads(case.threads)
    cpu = torch.device('cpu')
    plain = PlainPipeline(network, network_size).eval()
    engine = Engine(
        network,
        case.size,
        resolution=case.resolution,
        backend=case.backend,
        precision=case.precision,
        cache_dir=folder / 'cache',
    )
    runs = {
        OURS: engine,
        BARE: bare_network(network, network_size, case.precision, cpu),
        EAGER: on_frames(plain, cpu),
    }
    return {name: _extra_mib(lambda run=run: run(frame)) for name, run in runs.items()}


def _extra_mib(call: Callable[[], object]) -> float:
    for _ in range(WARM_CALLS):
        call()
    RESET.write_text(RESET_PEAK)
    before = _status_kib('VmRSS')
    call()
    return (_status_kib('VmHWM') - before) / 1024


def _status_kib(field: str) -> int:
    return int(re.search(rf'^{field}:\s+(\d+) kB', STATUS.read_text(), re.MULTILINE)[1])


if __name__ == '__main__':
    print(json.dumps(_measure(Path(sys.argv[1]))))
