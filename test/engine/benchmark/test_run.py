"""Real comparisons on a small network, with peers that are there, missing and failing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine.benchmark import Case, CaseResult, load_network, run_case
from lpsnet_ros.engine.benchmark.peers import PEERS, Peer, PeerTask
from lpsnet_ros.engine.benchmark.results import ENGINE, NETWORK, PEER, STAGE
from lpsnet_ros.engine.benchmark.suite import Conduct, Suite, choose_peers, run_suite
from lpsnet_ros.network import LPSNet

Frame = NDArray[np.uint8]
SIZE = (48, 64)
ROUNDS = 3


@pytest.fixture(autouse=True)
def _threads() -> None:
    """Leave torch as it was: a comparison sets its threads."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def case(**changes: object) -> Case:
    return Case(**{'model': 'small', 'size': SIZE, 'threads': 1, 'backend': 'cpu', **changes})


def broken(task: PeerTask) -> None:
    raise RuntimeError('no such operator\nat node 7')


@pytest.fixture
def result(small_network: LPSNet, picture: Frame) -> CaseResult:
    peers = {
        'eager': PEERS['eager'],
        'absent': Peer('is not there', ('lpsnet_no_such_module',), broken),
        'broken': Peer('does not work', (), broken),
        'other': Peer('computes something else', (), lambda task: lambda frame: frame),
        'unfit': Peer('can not take part', (), broken, lambda task: 'wants a GPU'),
    }
    return run_case(case(precision='fp32'), small_network, [picture], ROUNDS, peers=peers)


def test_a_comparison_holds_engine_stages_network_and_peer(result: CaseResult) -> None:
    kinds = [row.kind for row in result.rows]
    assert kinds == [ENGINE, STAGE, STAGE, STAGE, NETWORK, PEER]
    for row in result.rows:
        assert len(row.times) == row.summary.rounds == ROUNDS
        assert row.summary.p50 > 0
    assert result.provenance.backend == 'cpu'
    assert result.row(PEER).name == 'eager'


def test_what_makes_masks_is_compared_with_the_reference(result: CaseResult) -> None:
    assert result.row(ENGINE).agreement == pytest.approx(100, abs=0.1)
    assert result.row(PEER).agreement == pytest.approx(100, abs=0.1)
    assert result.row(NETWORK).agreement is None
    assert result.row(STAGE).agreement is None


def test_peers_that_can_not_take_part_are_named_with_the_reason(result: CaseResult) -> None:
    assert result.left_out == {
        'absent': 'not installed: lpsnet_no_such_module (pip install "lpsnet_ros[bench]")',
        'broken': 'RuntimeError: no such operator',
        'other': 'computes uint8 (48, 64, 3), not the mask of the frame',
        'unfit': 'wants a GPU',
    }


def test_a_peer_that_fails_later_is_left_out(small_network: LPSNet, picture: Frame) -> None:
    calls = []

    def build(task: PeerTask) -> object:
        def run(frame: Frame) -> Frame:
            calls.append(frame)
            if len(calls) > 2:
                raise MemoryError('no memory')
            return np.zeros(SIZE, np.uint8)

        return run

    peers = {'greedy': Peer('', (), build)}
    result = run_case(case(), small_network, [picture], ROUNDS, peers=peers)
    assert result.left_out == {'greedy': 'MemoryError: no memory'}
    assert result.row(PEER) is None


def test_threads_are_the_case_s(small_network: LPSNet, picture: Frame) -> None:
    seen = []

    def build(task: PeerTask) -> object:
        seen.append((task.threads, torch.get_num_threads()))
        return lambda frame: np.zeros(SIZE, np.uint8)

    run_case(case(threads=2), small_network, [picture], 1, peers={'p': Peer('', (), build)})
    assert seen == [(2, 2)]


@pytest.mark.parametrize('name', ['onnxruntime', 'openvino', 'openvino-bf16'])
@pytest.mark.parametrize('resolution', [1.0, 0.5])
def test_real_peers_compute_the_same_masks(
    name: str, resolution: float, small_network: LPSNet, picture: Frame
) -> None:
    if any(importlib.util.find_spec(m) is None for m in PEERS[name].modules):
        pytest.skip(f'{name} is not installed: pip install .[bench]')
    result = run_case(
        case(resolution=resolution, precision='fp32'),
        small_network,
        [picture, picture[::-1].copy()],
        1,
        peers={name: PEERS[name]},
    )
    if name == 'openvino-bf16' and name in result.left_out:
        pytest.skip(result.left_out[name])
    assert result.left_out == {}
    assert result.row(PEER).agreement > (97 if 'bf16' in name else 99.9)


def test_a_scale_without_checkpoint_gets_random_weights_and_says_so(tmp_path: Path) -> None:
    name, network = load_network('l', tmp_path)
    assert name == 'l (random weights)'
    assert len(network.info.classes) == network.num_classes == 19
    with pytest.raises(FileNotFoundError, match="no model 'huge'"):
        load_network('huge')


def test_an_engine_that_can_not_be_built_stops_the_comparison(
    small_network: LPSNet, picture: Frame
) -> None:
    with pytest.raises(ValueError, match='fp64'):
        run_case(case(precision='fp64'), small_network, [picture], 1, peers={})


def test_a_suite_compares_all_and_scales_the_first(picture: Frame) -> None:
    suite = Suite(('tiny',), (SIZE, (32, 32)), (1, 2), scaling_sizes=(SIZE,), backend='cpu')
    shown = []
    conduct = Conduct(lambda size: [np.resize(picture, (*size, 3))], rounds=1)
    results = run_suite(suite, conduct, {}, shown.append)
    assert shown == results.comparisons
    assert [(r.case.size, r.case.threads) for r in shown] == [(SIZE, 2), ((32, 32), 2)]
    assert [r.case.size for r in results.over_sizes] == [SIZE]
    assert [r.case.threads for r in results.over_threads] == [1, 2]


def test_one_number_of_threads_is_no_scaling() -> None:
    assert Suite(('s',), (SIZE,), (2,)).over_threads() == []


def test_peers_are_chosen_by_name() -> None:
    assert choose_peers(('installed',)) == PEERS
    assert choose_peers(('none',)) == {}
    assert list(choose_peers(('openvino', 'eager'))) == ['openvino', 'eager']
    with pytest.raises(ValueError, match="no peer 'tvm': choose from eager, compile"):
        choose_peers(('tvm',))
