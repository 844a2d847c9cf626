"""From a deployed network back to one that can be trained.

Folding merges a block's batch normalisation into its convolution. What it was can't be told from
the result, and need not be: any that undoes itself gives the same function. One that has the
statistics which training will measure goes on without a jolt.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from lpsnet_ros.network import LPSNet
from lpsnet_ros.network.blocks import ConvBlock

# Of each channel's kernel. New ones have 0.6 and grow while they learn. Normalisation hides it
# from the function, but a learning rate turns small kernels further than large ones.
KERNEL_NORM = 1.0


@torch.no_grad()
def unfolded(network: LPSNet, batches: Iterable[Tensor]) -> LPSNet:
    """Build the training form of a folded network, which computes the same in eval mode.

    Blocks that keep their shape get identity branches, as those of new networks have.

    Args:
        network: folded; left as it is.
        batches: normalised float (N,3,H,W) pictures, like those it will be trained on.

    Returns:
        The network in training form, in eval mode, on the same device, with its ``info``.

    Raises:
        ValueError: the network is not folded, or there are no pictures.

    """
    if not network.is_folded:
        raise ValueError('the network is not folded: train it as it is')
    trainable = LPSNet.from_architecture(
        network.architecture, num_classes=network.num_classes, identity=True
    ).to(network.head.weight)
    for block, source in zip(trainable.blocks, network.blocks):
        _fill(block, source.conv)
    trainable.head.load_state_dict(network.head.state_dict())
    trainable.info = network.info
    _settle_statistics(trainable.eval(), batches)
    return trainable


def _fill(block: ConvBlock, folded: nn.Conv2d) -> None:
    """Take a convolution's kernel and bias, whatever the block's statistics are."""
    kernel = folded.weight.clone()
    if block.identity:
        channels = torch.arange(len(kernel))
        kernel[channels, channels, 1, 1] -= 1
    norms = kernel.flatten(1).norm(dim=1)
    gain = torch.where(norms > 0, norms / KERNEL_NORM, 1)
    norm = block.norm
    block.conv.weight.copy_(kernel / gain[:, None, None, None])
    norm.weight.copy_(gain * (norm.running_var + norm.eps).sqrt())
    norm.bias.copy_(folded.bias + gain * norm.running_mean)


def _settle_statistics(network: LPSNet, batches: Iterable[Tensor]) -> None:
    """Give all normalisations the statistics of their input without changing the function."""
    moments = [_Moments(block.norm) for block in network.blocks]
    for batch in batches:
        network(batch)
    for seen in moments:
        seen.settle()


class _Moments:
    """Mean and variance of all that a normalisation is given."""

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        self._norm = norm
        self._count = 0
        self._sums = torch.zeros(2, norm.num_features, dtype=torch.float64)
        self._hook = norm.register_forward_pre_hook(self._add)

    def _add(self, norm: nn.BatchNorm2d, inputs: tuple[Tensor]) -> None:
        values = inputs[0].double()
        self._count += values[:, 0].numel()
        self._sums += torch.stack([values, values.square()]).sum(dim=(1, 3, 4)).cpu()

    def settle(self) -> None:
        self._hook.remove()
        if not self._count:
            raise ValueError('there are no pictures to take the statistics from')
        mean, square = (self._sums / self._count).to(self._norm.weight)
        norm = self._norm
        before = (norm.running_var + norm.eps).sqrt()
        norm.bias += norm.weight / before * (mean - norm.running_mean)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_((square - mean.square()).clamp(min=0))
        norm.weight *= (norm.running_var + norm.eps).sqrt() / before
