"""The files of a split: which picture belongs to which label, and what is left over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lpsnet_ros.training.datasets.errors import DatasetError

IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg', '.webp', '.bmp')


@dataclass(frozen=True)
class SplitFiles:
    """The frames of a split.

    Args:
        pairs: (image file, label file) of each frame, by name.
        faults: what does not pair up, with the file and the fix.

    """

    pairs: tuple[tuple[Path, Path], ...]
    faults: tuple[str, ...] = ()

    @classmethod
    def joined(cls, parts: Iterable[SplitFiles]) -> SplitFiles:
        """Return the frames of several folders as one split."""
        parts = list(parts)
        return cls(
            tuple(pair for part in parts for pair in part.pairs),
            tuple(fault for part in parts for fault in part.faults),
        )


def pair_folders(
    images: Path, labels: Path, label_ending: str = '.png', image_ending: str = ''
) -> SplitFiles:
    """Pair the pictures ``NAME + image_ending + .*`` with the labels ``NAME + label_ending``.

    Raises:
        DatasetError: a folder is missing, can't be listed, or holds no such file.

    """
    pictures = [
        path
        for path in list_files(images)
        if path.suffix.lower() in IMAGE_SUFFIXES and path.stem.endswith(image_ending)
    ]
    label_of = {
        path: labels / f'{path.stem.removesuffix(image_ending)}{label_ending}' for path in pictures
    }
    if not pictures:
        raise DatasetError(
            f'{images} holds no pictures *{image_ending}.* ({", ".join(IMAGE_SUFFIXES)}): '
            'put the frames there'
        )
    existing = [path for path in list_files(labels) if path.name.endswith(label_ending)]
    return _paired(label_of, existing, images)


def _paired(label_of: dict[Path, Path], existing: Iterable[Path], images: Path) -> SplitFiles:
    existing = set(existing)
    image_of: dict[Path, Path] = {}
    faults = []
    for image, label in label_of.items():
        if label in image_of:
            faults.append(f'{image_of[label]} and {image} have the same label {label}: keep one')
        elif label not in existing:
            faults.append(f'{image} has no label: expected {label}; add it, or remove the frame')
        image_of.setdefault(label, image)
    faults += [
        f'{label} has no frame: expected one in {images}; add it, or remove the label'
        for label in sorted(existing - image_of.keys())
    ]
    pairs = [(image, label) for label, image in image_of.items() if label in existing]
    return SplitFiles(tuple(pairs), tuple(faults))


def list_files(folder: Path) -> list[Path]:
    """Return the files of a folder by name, hidden ones left out.

    Raises:
        DatasetError: there is no such folder, or it can't be listed.

    """
    return [path for path in _entries(folder) if path.is_file()]


def list_folders(folder: Path) -> list[str]:
    """Return the names of the folders in a folder; none where it does not exist.

    Raises:
        DatasetError: the folder can't be listed.

    """
    if not folder.is_dir():
        return []
    return [path.name for path in _entries(folder) if path.is_dir()]


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise DatasetError(f'no folder {folder}')
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith('.'))
    except OSError as error:
        raise DatasetError(
            f'{folder} can not be listed: {error.strerror}; get read access to it'
        ) from error
