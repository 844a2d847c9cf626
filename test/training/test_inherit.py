"""Larger networks start as the function of the smaller one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from lpsnet_ros.network import SCALES, Architecture, LPSNet, NetworkInfo
from lpsnet_ros.network.classes import CAMVID
from lpsnet_ros.training.inherit import inherit

IMAGES = torch.linspace(-2, 2, 2 * 3 * 96 * 128).view(2, 3, 96, 128).sin()
DEPTH, WIDTH, RESOLUTION = (1, 2, 1, 2, 1), (4, 4, 8, 8, 8), (1, 0.5)
DEEPER = Architecture((1, 3, 2, 4, 2), WIDTH, RESOLUTION)
WIDER = Architecture(DEPTH, (8, 12, 24, 40, 40), RESOLUTION)
LARGER = Architecture((2, 2, 3, 2, 4), (5, 12, 8, 40, 40), RESOLUTION)


@pytest.fixture(params=[True, False], ids=['identity', 'plain'])
def parent(make_network: Callable[..., LPSNet], request: pytest.FixtureRequest) -> LPSNet:
    return make_network(RESOLUTION, depth=DEPTH, width=WIDTH, identity=request.param)


@torch.no_grad()
def assert_same_function(child: LPSNet, parent: LPSNet, atol: float = 1e-4) -> None:
    torch.testing.assert_close(child(IMAGES), parent(IMAGES), rtol=0, atol=atol)


@pytest.mark.parametrize('architecture', [DEEPER, WIDER, LARGER], ids=['deep', 'wide', 'both'])
def test_function_is_kept(parent: LPSNet, architecture: Architecture) -> None:
    child = inherit(parent, architecture)
    assert child.architecture == architecture
    assert not child.training
    assert parent(IMAGES).std() > 0.1
    assert_same_function(child, parent)
    assert_same_function(child.folded(), parent)


@pytest.mark.parametrize('architecture', [DEEPER, WIDER, LARGER], ids=['deep', 'wide', 'both'])
def test_function_is_kept_in_training_mode_too(
    make_network: Callable[..., LPSNet], architecture: Architecture
) -> None:
    parent = make_network(RESOLUTION, depth=DEPTH, width=WIDTH, identity=True).train()
    child = inherit(parent, architecture)
    assert child.training
    assert_same_function(child, parent, atol=1e-3)


@pytest.mark.parametrize(('small', 'large'), [('s', 'm'), ('m', 'l')])
def test_named_scales_follow_from_each_other(small: str, large: str) -> None:
    parent = LPSNet.from_scale(small, num_classes=11, identity=True).eval()
    child = inherit(parent, SCALES[large])
    assert child.architecture.name == large
    if small == 'm':
        assert_same_function(child, parent)
    else:
        expected = parent.state_dict()
        assert all(torch.equal(expected[name], t) for name, t in child.state_dict().items())


@pytest.mark.parametrize('architecture', [DEEPER, WIDER], ids=['deep', 'wide'])
def test_what_is_no_dimension_is_inherited(
    make_network: Callable[..., LPSNet], architecture: Architecture
) -> None:
    options = {'identity': True, 'aligned': True, 'output_stride': 8}
    parent = make_network(RESOLUTION, depth=DEPTH, width=WIDTH, **options)
    child = inherit(parent, architecture)
    assert child.architecture.aligned
    assert child.architecture.output_stride == 8
    assert_same_function(child, parent)


def test_copies_of_a_channel_learn_different_things(parent: LPSNet) -> None:
    child = inherit(parent, WIDER)
    child(IMAGES).square().sum().backward()
    gradient = child.paths[0].stages[3][0].conv.weight.grad
    originals, copies = gradient[:8], gradient[8:16]
    assert originals.norm() > 0
    assert (originals - copies).norm() > 0.05 * originals.norm()


def test_every_weight_of_a_deeper_network_can_learn(make_network: Callable[..., LPSNet]) -> None:
    parent = make_network(RESOLUTION, depth=DEPTH, width=WIDTH, identity=True)
    child = inherit(parent, DEEPER).train()
    optimiser = torch.optim.AdamW(child.parameters(), 1e-3, weight_decay=0)
    before = {name: p.detach().clone() for name, p in child.named_parameters()}
    for _ in range(2):
        optimiser.zero_grad()
        child(IMAGES).square().mean().backward()
        assert max(p.grad.abs().max() for p in child.parameters()) < 100
        optimiser.step()
    assert not [n for n, p in child.named_parameters() if torch.equal(p, before[n])]


def test_new_path_hardly_changes_the_function_and_can_learn(parent: LPSNet) -> None:
    child = inherit(parent, Architecture(DEPTH, WIDTH, (1, 0.5, 0.125)))
    added = child.paths[2].stages[0][0].conv.weight
    torch.testing.assert_close(added, parent.paths[1].stages[0][0].conv.weight)
    spread = parent(IMAGES).std()
    assert (child(IMAGES) - parent(IMAGES)).std() < 0.05 * spread
    child.train()(IMAGES).square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in child.paths[2].stages[2].parameters())
    assert child.head.weight.grad[:, -8:].abs().sum() > 0


def test_paths_continue_those_of_the_nearest_resolution(parent: LPSNet) -> None:
    child = inherit(parent, Architecture(DEPTH, WIDTH, (1, 0.75, 0.5)))
    weights = [path.stages[0][0].conv.weight for path in child.paths]
    originals = [path.stages[0][0].conv.weight for path in parent.paths]
    assert torch.equal(weights[0], originals[0])
    assert torch.equal(weights[2], originals[1])
    head = child.head.weight.chunk(3, dim=1)
    assert head[1].abs().sum() == 0
    assert torch.equal(head[2], parent.head.weight.chunk(2, dim=1)[1])


def test_same_seed_gives_the_same_network_and_leaves_torch_s_alone(parent: LPSNet) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, second, other = (inherit(parent, LARGER, seed=s).state_dict() for s in (1, 1, 2))
    assert torch.rand(1) == expected
    assert all(torch.equal(first[name], tensor) for name, tensor in second.items())
    assert not all(torch.equal(first[name], tensor) for name, tensor in other.items())


def test_info_is_inherited_but_for_the_metrics(parent: LPSNet) -> None:
    parent.info = NetworkInfo(CAMVID, dataset='street', metrics={'miou': 0.5})
    info = inherit(parent, WIDER).info
    assert (info.dataset, dict(info.metrics)) == ('street', {})


@pytest.mark.parametrize(
    ('architecture', 'message'),
    [
        (Architecture((1, 1, 1, 2, 1), WIDTH, RESOLUTION), 'depth .* is smaller than'),
        (Architecture(DEPTH, (4, 4, 8, 8, 4), RESOLUTION), 'width .* is smaller than'),
        (Architecture(DEPTH, WIDTH, (1,)), r'1 path\(s\) are fewer than the 2'),
    ],
)
def test_smaller_architectures_are_refused(
    parent: LPSNet, architecture: Architecture, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        inherit(parent, architecture)


def test_identity_branch_that_would_vanish_is_refused(small_network: LPSNet) -> None:
    with pytest.raises(ValueError, match='needs equal widths in both or in neither'):
        inherit(small_network, Architecture(DEPTH, (4, 4, 8, 8, 16), RESOLUTION))


def test_folded_network_is_refused(parent: LPSNet) -> None:
    with pytest.raises(ValueError, match=r'lpsnet_ros\.training\.unfold'):
        inherit(parent.folded(), WIDER)
