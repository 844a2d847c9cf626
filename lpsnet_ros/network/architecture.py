"""The three dimensions of an LPS-Net, and the scales that have a name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

STRIDES = (2, 2, 2, 2, 1)
"""Of the first convolution in each stage."""
NUM_STAGES = len(STRIDES)
PATH_STRIDE = math.prod(STRIDES)
OUTPUT_STRIDES = (PATH_STRIDE, 8, 4)
MAX_PATHS = 3


@dataclass(frozen=True)
class Architecture:
    """Depth, width and resolution of an LPS-Net (arXiv 2207.13600, section 3).

    Args:
        depth: blocks in each of the five stages.
        width: channels of each of the five stages.
        resolution: ratio of the input that each path sees, one to three values.
            Zeros mark absent paths; they are dropped and the rest is sorted, largest first.
        aligned: give each path an input of ``PATH_STRIDE`` * n + 1 pixels a side, the nearest to
            its ratio. All resizing in LPS-Net aligns corners, while a strided convolution samples
            every ``PATH_STRIDE``-th pixel from the first: only at such sizes do the two agree.
            At others what the network finds is shifted by up to ``PATH_STRIDE`` - 1 pixels of
            the path, the more the further right and down. No dimension: architectures that
            differ in it are equal. Not in the paper.
        output_stride: pixels of the first path's input for each of the logits, ``PATH_STRIDE`` or
            a power of two below. The features always have ``PATH_STRIDE``; below it the head
            scores points between them too (see ``Head``). No dimension either. Not in the
            paper.

    Raises:
        ValueError: a dimension has the wrong length or a value out of range.

    """

    depth: tuple[int, ...]
    width: tuple[int, ...]
    resolution: tuple[float, ...]
    aligned: bool = field(default=False, compare=False)
    output_stride: int = field(default=PATH_STRIDE, compare=False)

    def __post_init__(self) -> None:
        if self.output_stride not in OUTPUT_STRIDES:
            raise ValueError(
                f'output_stride must be one of {", ".join(map(str, OUTPUT_STRIDES))}; '
                f'got {self.output_stride}'
            )
        object.__setattr__(self, 'depth', _positive_integers('depth', self.depth))
        object.__setattr__(self, 'width', _positive_integers('width', self.width))
        object.__setattr__(self, 'resolution', _path_ratios(self.resolution))

    @property
    def num_paths(self) -> int:
        return len(self.resolution)

    @property
    def feature_channels(self) -> int:
        """Channels of the features that the head scores, those of all paths together."""
        return self.width[-1] * self.num_paths

    @property
    def points_per_feature(self) -> int:
        """How many points a side the head scores for each feature."""
        return PATH_STRIDE // self.output_stride

    def path_sizes(self, size: Sequence[int]) -> list[tuple[int, int]]:
        """Height and width of each path's input for images of a size."""
        return [(self._side(size[0] * r), self._side(size[1] * r)) for r in self.resolution]

    def _side(self, length: float) -> int:
        if not self.aligned:
            return int(length)
        return round((length - 1) / PATH_STRIDE) * PATH_STRIDE + 1

    @property
    def name(self) -> str:
        """The scale's name, or the three dimensions spelt out where it has none."""
        for name, architecture in SCALES.items():
            if architecture == self:
                return name
        spelt = ('-'.join(f'{v:g}' for v in d) for d in (self.depth, self.width, self.resolution))
        return 'd{}_w{}_r{}'.format(*spelt)


def _positive_integers(dimension: str, values: Sequence[int]) -> tuple[int, ...]:
    integers = tuple(int(v) for v in values)
    if len(integers) != NUM_STAGES or integers != tuple(values) or min(integers) < 1:
        raise ValueError(
            f'{dimension} must be {NUM_STAGES} integers of at least 1, one for each stage; '
            f'got {tuple(values)}'
        )
    return integers


def _path_ratios(values: Sequence[float]) -> tuple[float, ...]:
    ratios = tuple(sorted((float(v) for v in values if v), reverse=True))
    if not 1 <= len(ratios) <= MAX_PATHS or any(not 0 < v <= 4 for v in ratios):
        raise ValueError(
            f'resolution must hold 1 to {MAX_PATHS} ratios in (0, 4] (zeros mark absent paths); '
            f'got {tuple(values)}'
        )
    return ratios


SCALES: dict[str, Architecture] = {
    'tiny': Architecture((1, 1, 1, 1, 1), (4, 8, 16, 32, 32), (1 / 2,)),
    's': Architecture((1, 3, 3, 10, 10), (8, 24, 48, 96, 96), (3 / 4, 1 / 4)),
    'm': Architecture((1, 3, 3, 10, 10), (8, 24, 48, 96, 96), (1, 1 / 4)),
    'l': Architecture((1, 3, 3, 10, 10), (8, 24, 64, 160, 160), (1, 1 / 4)),
}


def scale(name: str) -> Architecture:
    """Return the architecture of a named scale.

    Raises:
        ValueError: no scale has that name.

    """
    try:
        return SCALES[name.lower()]
    except KeyError:
        raise ValueError(
            f'unknown scale {name!r}: choose one of {", ".join(SCALES)}, '
            'or give depth, width and resolution'
        ) from None
