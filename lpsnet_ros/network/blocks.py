"""The one block that LPS-Net is built of, and a path of five stages of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lpsnet_ros.network.architecture import STRIDES


class ConvBlock(nn.Module):
    """3x3 convolution, batch normalisation, ReLU: float (N,Ci,H,W) -> (N,Co,H/stride,W/stride).

    With ``identity`` a block that keeps its shape also adds its input before the ReLU. That
    branch exists in training only: it is a Dirac kernel, so folding adds it to the convolution
    exactly (RepVGG, arXiv 2101.03697) and the deployed network is the paper's plain one.
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int, folded: bool, identity: bool
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=folded)
        self.norm = None if folded else nn.BatchNorm2d(out_channels)
        self.identity = identity and not folded and stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        if self.norm is not None:
            y = self.norm(y)
        if self.identity:
            y = y + x
        return torch.relu(y)

    @torch.no_grad()
    def folded_conv(self) -> nn.Conv2d:
        """Return the single convolution that equals this block up to its ReLU (eval mode)."""
        if self.norm is None:
            return self.conv
        conv = fuse_conv_bn_eval(self.conv, self.norm)
        if self.identity:
            channels = torch.arange(conv.out_channels)
            conv.weight[channels, channels, 1, 1] += 1
        return conv


class Path(nn.Module):
    """Five stages of blocks with strides 2, 2, 2, 2, 1, working on one input resolution."""

    def __init__(
        self, depth: Sequence[int], width: Sequence[int], folded: bool, identity: bool
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        in_channels = 3
        for blocks, channels, stride in zip(depth, width, STRIDES):
            stage = nn.Sequential()
            for index in range(blocks):
                block_stride = stride if index == 0 else 1
                stage.append(ConvBlock(in_channels, channels, block_stride, folded, identity))
                in_channels = channels
            self.stages.append(stage)
