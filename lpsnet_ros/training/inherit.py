"""A larger network that starts as the function that a smaller one computes.

Widening and deepening follow Net2Net (arXiv 1511.05641), adapted to LPS-Net's shared sums:
features of several paths are added, so a channel has the same copies in every path.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import torch
from torch import Tensor, nn

from lpsnet_ros.network import Architecture, LPSNet
from lpsnet_ros.network.blocks import ConvBlock, Path
from lpsnet_ros.network.model import INTERACTING_STAGES

# Copies of a channel would get equal gradients for ever if their outgoing weights were equal.
# These differ by noise that cancels in the sum; in standard deviations of the weights.
NOISE = 0.2
# How much of its features a new path adds to those of the others at first. Not zero: a ReLU
# without output has no gradient.
NEW_PATH_SHARE = 0.01


@torch.no_grad()
def inherit(parent: LPSNet, architecture: Architecture, *, seed: int = 0) -> LPSNet:
    """Build a larger network from a trained one's weights and statistics.

    - Wider: channels are copied, and the weights that read them shared out among the copies.
    - Deeper: new blocks pass their input on.
    - Another resolution of a path: its weights are kept.
    - A new path: a copy of the path of the nearest resolution, which the head does not read yet
      and which adds ``NEW_PATH_SHARE`` of its features to those of the others.

    Wider and deeper networks compute the parent's function exactly, up to rounding: in eval mode
    always, in training mode as well if the parent has identity branches. Another resolution
    changes it as it must, a new path by about ``NEW_PATH_SHARE``.

    Args:
        parent: in training form; left as it is.
        architecture: at least as deep, wide and rich in paths as the parent's.
        seed: of the weights that are not inherited.

    Returns:
        The network in training form, in the parent's mode (train or eval), on its device, with
        its ``info`` but for the metrics.

    Raises:
        ValueError: the parent is folded, or larger than the architecture in some dimension.

    """
    _check(parent, architecture)
    kept = parent.architecture
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        child = LPSNet.from_architecture(
            replace(architecture, aligned=kept.aligned, output_stride=kept.output_stride),
            num_classes=parent.num_classes,
            identity=parent.identity,
        )
        sources = _source_paths(kept.resolution, architecture.resolution)
        for index, path in enumerate(child.paths):
            ratio = architecture.resolution[index]
            source = sources.get(index, _nearest(kept.resolution, ratio))
            _fill_path(path, parent.paths[source])
            if index not in sources:
                _quieten(path)
        _fill_head(child.head, parent.head, sources, architecture.num_paths)
    if parent.info is not None:
        child.info = replace(parent.info, metrics={})
    return child.to(parent.head.weight).train(parent.training)


def _check(parent: LPSNet, architecture: Architecture) -> None:
    if parent.is_folded:
        raise ValueError(
            'a folded network has no batch normalisation left to train: inherit from its '
            'training form (lpsnet_ros.training.unfold makes one)'
        )
    ours = parent.architecture
    for dimension in ('depth', 'width'):
        before, after = getattr(ours, dimension), getattr(architecture, dimension)
        if any(a < b for a, b in zip(after, before)):
            raise ValueError(
                f'{dimension} {after} is smaller than {before} of the network to inherit from: '
                'networks only grow'
            )
    if architecture.num_paths < ours.num_paths:
        raise ValueError(
            f'{architecture.num_paths} path(s) are fewer than the {ours.num_paths} '
            'of the network to inherit from: networks only grow'
        )
    if parent.identity and _same_last_widths(ours) != _same_last_widths(architecture):
        raise ValueError(
            f'stages 4 and 5 have widths {ours.width[3:]} in the network to inherit from and '
            f'{architecture.width[3:]} here: the identity branch between them needs equal widths '
            'in both or in neither'
        )


def _same_last_widths(architecture: Architecture) -> bool:
    return architecture.width[3] == architecture.width[4]


def _source_paths(parent: tuple[float, ...], child: tuple[float, ...]) -> dict[int, int]:
    """Return which of the parent's paths each kept path of the child continues, by index.

    Both are sorted; of all ways that keep the order, the one that changes resolutions least.
    """
    kept = min(
        combinations(range(len(child)), len(parent)),
        key=lambda indices: sum(abs(child[i] - r) for i, r in zip(indices, parent)),
    )
    return {index: source for source, index in enumerate(kept)}


def _nearest(ratios: tuple[float, ...], ratio: float) -> int:
    return min(range(len(ratios)), key=lambda i: abs(ratios[i] - ratio))


def _fill_path(path: Path, source: Path) -> None:
    for stage, source_stage in zip(path.stages, source.stages):
        for block, source_block in zip(stage, source_stage):
            _fill_block(block, source_block)
        for block in stage[len(source_stage) :]:
            _pass_on(block)


def _fill_block(block: ConvBlock, source: ConvBlock) -> None:
    """Copy a block's channels; a copy's statistics and affine parameters are its original's."""
    rows = _originals(block.conv.out_channels, source.conv.out_channels)
    weight = source.conv.weight[rows]
    if block.conv.in_channels != 3:
        weight = _shared_out(weight, block.conv.in_channels)
    block.conv.weight.copy_(weight)
    for name, tensor in source.norm.state_dict().items():
        block.norm.state_dict()[name].copy_(tensor[rows] if tensor.ndim else tensor)


def _originals(channels: int, source_channels: int) -> Tensor:
    """Return the source channel that each channel copies: int64 (channels,)."""
    return torch.arange(channels) % source_channels


def _shared_out(weight: Tensor, in_channels: int) -> Tensor:
    """Share the weights (Co,Ci,...) that read a channel out among its copies, unevenly."""
    originals = _originals(in_channels, weight.shape[1]).to(weight.device)
    copies = torch.bincount(originals).to(weight).view(-1, *[1] * (weight.ndim - 2))
    noise = NOISE * weight.std() * torch.randn_like(weight[:, originals])
    noise *= (copies > 1)[originals]
    total = torch.zeros_like(weight).index_add_(1, originals, noise)
    return ((weight - total) / copies)[:, originals] + noise


def _pass_on(block: ConvBlock) -> None:
    """Make a block return its input, which is not negative."""
    if block.identity:
        # Not a zero kernel: normalising its output, which never varies, makes gradients explode.
        nn.init.zeros_(block.norm.weight)
        return
    nn.init.dirac_(block.conv.weight)
    nn.init.constant_(block.norm.weight, (1 + block.norm.eps) ** 0.5)


def _quieten(path: Path) -> None:
    """Scale down what a path adds to the others, keeping its features' proportions."""
    for index in INTERACTING_STAGES:
        for block_index, block in enumerate(path.stages[index]):
            block.norm.weight.mul_(NEW_PATH_SHARE)
            block.norm.bias.mul_(NEW_PATH_SHARE)
            if block_index:
                block.norm.running_mean.mul_(NEW_PATH_SHARE)
                block.norm.running_var.mul_(NEW_PATH_SHARE**2)


def _fill_head(head: nn.Conv2d, source: nn.Conv2d, sources: dict[int, int], paths: int) -> None:
    parts = head.weight.chunk(paths, dim=1)
    source_parts = source.weight.chunk(len(sources), dim=1)
    for index, part in enumerate(parts):
        if index in sources:
            part.copy_(_shared_out(source_parts[sources[index]], part.shape[1]))
        else:
            part.zero_()
    head.bias.copy_(source.bias)
