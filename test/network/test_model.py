"""The network against its definition, its published size and stored numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from lpsnet_ros.network import LPSNet
from lpsnet_ros.network.architecture import OUTPUT_STRIDES
from lpsnet_ros.network.model import resize

RESOLUTIONS = [(0.75,), (1, 0.5), (1.25, 0.75, 0.5)]
ODD_SIZES = [(33, 47), (64, 96), (101, 17)]


def wave(height: int, width: int, batch: int = 1) -> Tensor:
    """Images without a random generator: float (N,3,H,W) in -2..2."""
    return 2 * torch.sin(0.37 * torch.arange(batch * 3 * height * width)).view(
        batch, 3, height, width
    )


def forward_by_definition(
    weights: Mapping[str, Tensor], resolution: Sequence[float], images: Tensor
) -> Tensor:
    """Arrange the paths as the paper and the official code do, in plain functions."""

    def resized(x: Tensor, size: Sequence[int]) -> Tensor:
        return F.interpolate(x, tuple(size), mode='bilinear', align_corners=True)

    def block(x: Tensor, name: str, stride: int) -> Tensor:
        y = F.conv2d(x, weights[f'{name}.conv.weight'], None, stride, padding=1)
        norm = ('running_mean', 'running_var', 'weight', 'bias')
        return F.relu(F.batch_norm(y, *(weights[f'{name}.norm.{part}'] for part in norm)))

    height, width = images.shape[-2:]
    paths = [resized(images, (int(height * r), int(width * r))) for r in resolution]
    for stage, stage_stride in enumerate((2, 2, 2, 2, 1)):
        for path in range(len(paths)):
            index = 0
            while f'paths.{path}.stages.{stage}.{index}.conv.weight' in weights:
                stride = stage_stride if index == 0 else 1
                name = f'paths.{path}.stages.{stage}.{index}'
                paths[path] = block(paths[path], name, stride)
                index += 1
        if stage + 1 in (3, 4):
            paths = [sum(resized(p, to.shape[-2:]) for p in paths) for to in paths]
    joined = torch.cat([resized(p, paths[0].shape[-2:]) for p in paths], dim=1)
    return F.conv2d(joined, weights['head.weight'], weights['head.bias'])


@pytest.mark.parametrize(
    ('scale', 'parameters'),
    [('tiny', 16_091), ('s', 3_371_075), ('m', 3_371_075), ('l', 9_152_291)],
)
def test_parameter_count_of_deployed_scale(scale: str, parameters: int) -> None:
    with torch.device('meta'):
        network = LPSNet.from_scale(scale, num_classes=19, folded=True)
    assert network.num_parameters == parameters


def test_work_of_scale_s_on_a_cityscapes_frame() -> None:
    with torch.device('meta'), FlopCounterMode(display=False) as counter:
        LPSNet.from_scale('s', folded=True)(torch.empty(1, 3, 1024, 2048))
    assert counter.get_total_flops() / 1e9 == pytest.approx(20.84, abs=0.01)


@pytest.mark.parametrize('resolution', RESOLUTIONS)
@pytest.mark.parametrize('size', ODD_SIZES)
@pytest.mark.parametrize('output_stride', OUTPUT_STRIDES)
def test_logits_have_the_promised_size(
    make_network: Callable[..., LPSNet],
    resolution: tuple[float, ...],
    size: tuple[int, int],
    output_stride: int,
) -> None:
    network = make_network(resolution, num_classes=7, output_stride=output_stride)
    logits = network(wave(*size, batch=2))
    assert logits.shape == (2, 7, *network.logits_size(*size))


@pytest.mark.parametrize('resolution', RESOLUTIONS)
def test_forward_follows_the_definition(
    make_network: Callable[..., LPSNet], resolution: tuple[float, ...]
) -> None:
    network = make_network(resolution)
    images = wave(85, 107)
    expected = forward_by_definition(network.state_dict(), resolution, images)
    assert expected.std() > 0.1
    torch.testing.assert_close(network(images), expected, rtol=1e-5, atol=1e-5)


def test_identity_branch_adds_the_input_of_blocks_that_keep_their_shape(
    make_network: Callable[..., LPSNet],
) -> None:
    plain, with_identity = make_network(), make_network(identity=True)
    images = wave(64, 64)
    block, expected = with_identity.paths[0].stages[1], plain.paths[0].stages[1]
    x = plain.paths[0].stages[0](images)
    first = expected[0](x)
    second = torch.relu(expected[1].norm(expected[1].conv(first)) + first)
    torch.testing.assert_close(block(x), second)


@pytest.mark.parametrize('identity', [False, True])
@pytest.mark.parametrize('resolution', RESOLUTIONS)
@pytest.mark.parametrize('output_stride', [16, 8])
def test_folded_network_is_the_same_function(
    make_network: Callable[..., LPSNet],
    resolution: tuple[float, ...],
    identity: bool,
    output_stride: int,
) -> None:
    network = make_network(resolution, identity=identity, output_stride=output_stride)
    deployed = network.folded()
    images = wave(85, 107)
    torch.testing.assert_close(deployed(images), network(images), rtol=0, atol=1e-4)
    assert deployed.is_folded
    assert not deployed.identity
    assert not network.is_folded


def test_folding_leaves_the_network_as_it_was(make_network: Callable[..., LPSNet]) -> None:
    network = make_network(identity=True).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    deployed = network.folded()
    deployed.head.weight.data.zero_()
    assert network.training
    assert all(torch.equal(before[name], t) for name, t in network.state_dict().items())


def test_folding_a_folded_network_copies_it(make_network: Callable[..., LPSNet]) -> None:
    deployed = make_network().folded()
    again = deployed.folded()
    images = wave(48, 48)
    assert torch.equal(again(images), deployed(images))
    assert again.head.weight.data_ptr() != deployed.head.weight.data_ptr()


def test_logits_are_the_stored_ones(make_network: Callable[..., LPSNet]) -> None:
    logits = make_network((1, 0.5, 0.25), num_classes=5, identity=True)(wave(70, 90))
    assert logits.shape == (1, 5, 5, 6)
    places = (slice(None), [0, 1, 2, 3, 4, 0], [0, 2, 4, 1, 3, 4], [0, 5, 3, 2, 1, 4])
    stored = torch.tensor([[14.41044, -10.19283, 33.23897, 11.67351, -0.05581, 18.17917]])
    torch.testing.assert_close(logits[places], stored, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize('num_classes', [1, 256, 0])
def test_impossible_class_count_is_refused(num_classes: int) -> None:
    with pytest.raises(ValueError, match=rf'num_classes must be in 2\.\.255 .* got {num_classes}'):
        LPSNet.from_scale('tiny', num_classes=num_classes)


def test_malformed_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match='depth must be 5 integers'):
        LPSNet((1, 2), (4, 4, 4, 4, 4), (1,))


@pytest.mark.parametrize('shape', [(3, 64, 64), (1, 4, 64, 64), (1, 64, 64, 3)])
def test_batch_of_another_layout_is_refused(
    make_network: Callable[..., LPSNet], shape: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r'expected images \(N, 3, H, W\), got'):
        make_network()(torch.zeros(shape))


def test_too_small_image_is_refused_with_the_smallest_that_works(
    make_network: Callable[..., LPSNet],
) -> None:
    network = make_network((1, 0.25))
    with pytest.raises(ValueError, match='images of 3x64 are too small: give at least 4 pixels'):
        network(wave(3, 64))
    assert network(wave(4, 64)).shape == (1, 11, *network.logits_size(4, 64))


@torch.no_grad()
@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize('size', [(120, 160), (96, 128), (67, 219)])
def test_only_an_aligned_network_finds_things_where_they_are(
    aligned: bool, size: tuple[int, int]
) -> None:
    """What a network that copies its input says of a ramp, upsampled, is the ramp again."""
    network = LPSNet((1,) * 5, (1,) * 5, (1, 0.5), 2, folded=True, aligned=aligned)
    for parameter in network.parameters():
        parameter.zero_()
    for convolution in (m for m in network.modules() if isinstance(m, torch.nn.Conv2d)):
        height, width = convolution.kernel_size
        convolution.weight[..., height // 2, width // 2] = 1
    ramp = torch.linspace(0, 1, size[1]).expand(1, 3, *size)
    scores = resize(network(ramp), size)[0, 0]
    seen = scores / 24  # three colours; two paths, added to each other twice and by the head
    shift = (seen - ramp[0, 0]).abs().max() * (size[1] - 1)
    assert shift < 0.01 if aligned else shift > 2
