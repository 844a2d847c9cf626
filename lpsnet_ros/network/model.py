"""LPS-Net: a lightweight and progressively-scalable network (arXiv 2207.13600)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import count

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lpsnet_ros.network.architecture import PATH_STRIDE, Architecture, scale
from lpsnet_ros.network.blocks import ConvBlock, Path
from lpsnet_ros.network.head import Head, grid_side
from lpsnet_ros.network.info import NetworkInfo

INTERACTING_STAGES = (2, 3)


class ImageTooSmallError(ValueError):
    """An image leaves a path without a pixel; says how many are needed."""


class LPSNet(nn.Module):
    """One to three parallel paths over differently scaled copies of the input, and one head.

    The paths exchange features after stages 3 and 4 (each adds the others, resized) and are
    concatenated after stage 5 at the size of the first.

    Args:
        depth: blocks in each of the five stages.
        width: channels of each of the five stages.
        resolution: input ratio of each path; zeros mark absent paths.
        num_classes: channels of the logits.
        folded: build the deployed form, without batch normalisation.
        identity: train with identity branches, which folding removes (see ``ConvBlock``).
        aligned: round the sizes of the paths' inputs (see ``Architecture``).
        output_stride: pixels of the first path's input for each of the logits (see ``Head``).

    Raises:
        ValueError: a dimension is malformed (see ``Architecture``).

    """

    def __init__(
        self,
        depth: Sequence[int],
        width: Sequence[int],
        resolution: Sequence[float],
        num_classes: int = 19,
        *,
        folded: bool = False,
        identity: bool = False,
        aligned: bool = False,
        output_stride: int = PATH_STRIDE,
    ) -> None:
        super().__init__()
        if not 2 <= num_classes <= 255:
            raise ValueError(f'num_classes must be in 2..255 (255 = unlabeled), got {num_classes}')
        self.architecture = Architecture(
            tuple(depth), tuple(width), tuple(resolution), aligned, output_stride
        )
        self.num_classes = num_classes
        self.identity = identity
        self.info: NetworkInfo | None = None
        arch = self.architecture
        self.paths = nn.ModuleList(
            Path(arch.depth, arch.width, folded, identity) for _ in arch.resolution
        )
        self.head = Head.of(arch, num_classes)

    @classmethod
    def from_architecture(cls, architecture: Architecture, **options: object) -> LPSNet:
        """Build the network of an ``Architecture``; options as for the class."""
        return cls(**vars(architecture), **options)

    @classmethod
    def from_scale(cls, name: str, **options: object) -> LPSNet:
        """Build a named scale (tiny, s, m, l) with random weights.

        Raises:
            ValueError: no scale has that name.

        """
        return cls.from_architecture(scale(name), **options)

    def forward(self, images: Tensor) -> Tensor:
        """Score an image batch: normalised float (N,3,H,W) RGB -> float logits (N,C,h,w).

        The logits have the size of ``logits_size``, 1/``output_stride`` of the first path's input;
        resize them with ``align_corners=True``.

        Raises:
            ValueError: the batch has the wrong rank or channels, or a path's input is too small.

        """
        if not torch.compiler.is_compiling():
            self.check_input(images)
        return self.forward_paths([resize(images, s) for s in self.path_sizes(images.shape[-2:])])

    def forward_paths(self, inputs: Sequence[Tensor]) -> Tensor:
        """Score a batch from each path's own input, (N,3,h,w) of ``path_sizes``."""
        features = list(inputs)
        for index in range(len(self.paths[0].stages)):
            features = [path.stages[index](x) for path, x in zip(self.paths, features)]
            if index in INTERACTING_STAGES:
                features = interact(features)
        size = features[0].shape[-2:]
        return self.head(torch.cat([resize(x, size) for x in features], dim=1))

    def path_sizes(self, size: Sequence[int]) -> list[tuple[int, int]]:
        """Height and width of each path's input for images of a size."""
        return self.architecture.path_sizes(size)

    def check_input(self, images: Tensor) -> None:
        """Refuse a batch that the network is not defined for.

        Raises:
            ImageTooSmallError: with the shape that was given and the smallest that works.
            ValueError: the batch has the wrong rank or channels.

        """
        if images.ndim != 4 or images.shape[1] != 3:
            raise ValueError(f'expected images (N, 3, H, W), got {tuple(images.shape)}')
        if min(self.path_sizes(images.shape[-2:])[-1]) < 1:
            raise ImageTooSmallError(
                f'images of {images.shape[-2]}x{images.shape[-1]} are too small: '
                f'give at least {self.smallest_side} pixels in height and width'
            )

    @property
    def smallest_side(self) -> int:
        """Height and width in pixels of the smallest image that leaves every path a pixel."""
        return next(n for n in count(1) if self.path_sizes((n, n))[-1][0] >= 1)

    @property
    def blocks(self) -> list[ConvBlock]:
        """All blocks of all paths, in one order for all forms of a network."""
        return [m for m in self.modules() if isinstance(m, ConvBlock)]

    @property
    def is_folded(self) -> bool:
        """Whether this is the deployed form, without batch normalisation."""
        return not any(isinstance(m, nn.BatchNorm2d) for m in self.modules())

    @property
    def required_info(self) -> NetworkInfo:
        """What travels with the weights.

        Raises:
            ValueError: nothing was set.

        """
        if self.info is None:
            raise ValueError('the network has no info (classes, normalisation): set network.info')
        return self.info

    @property
    def num_parameters(self) -> int:
        return sum(p.numel() for p in self.parameters())

    @torch.no_grad()
    def folded(self) -> LPSNet:
        """Return the deployed form: the same function in eval mode, one convolution a block."""
        deployed = LPSNet.from_architecture(
            self.architecture, num_classes=self.num_classes, folded=True
        )
        source = copy.deepcopy(self).eval()
        for target, block in zip(deployed.blocks, source.blocks):
            target.conv.load_state_dict(block.folded_conv().state_dict())
        deployed.head.load_state_dict(source.head.state_dict())
        deployed.info = self.info
        return deployed.to(self.head.weight).eval()

    def deployed(self) -> LPSNet:
        """Return the folded form as engines take it: float32, in main memory."""
        return self.folded().float().cpu()

    def logits_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the logits for an image of that size."""
        features = (-(-side // PATH_STRIDE) for side in self.path_sizes((height, width))[0])
        return tuple(grid_side(count, self.architecture.points_per_feature) for count in features)


def resize(x: Tensor, size: Sequence[int]) -> Tensor:
    """Resize (N,C,H,W) bilinearly with aligned corners, as everywhere in LPS-Net."""
    if tuple(x.shape[-2:]) == tuple(size):
        return x
    return F.interpolate(x, size=tuple(size), mode='bilinear', align_corners=True)


def interact(features: Sequence[Tensor]) -> list[Tensor]:
    """Add to each path's features those of every other path, resized to it."""
    return [
        sum((resize(other, x.shape[-2:]) for other in features if other is not x), start=x)
        for x in features
    ]
