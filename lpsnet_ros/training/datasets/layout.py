"""What an arrangement of a data set's files is to the rest of the package."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from lpsnet_ros.training.datasets.errors import DatasetError
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames
from lpsnet_ros.training.datasets.split_files import SplitFiles, list_folders, pair_folders

WHOLE = 'all'
"""Name of the only split of data that are not sorted into splits."""


class Layout(ABC):
    """One arrangement of the files of a data set.

    Attributes:
        title: what it is, in a few words.
        tree: what its folder looks like, a path a line.

    """

    title: ClassVar[str]
    tree: ClassVar[tuple[str, ...]]

    @abstractmethod
    def fits(self, root: Path) -> bool:
        """Tell from a few names whether this folder is arranged so."""

    @abstractmethod
    def splits(self, root: Path) -> tuple[str, ...]:
        """Return the names of the splits in this folder."""

    @abstractmethod
    def find(self, root: Path, split: str) -> SplitFiles:
        """Pair the files of a split; opens none of them.

        Raises:
            DatasetError: the split does not exist or is empty.

        """

    @abstractmethod
    def describe(self, root: Path, pairs: tuple[tuple[Path, Path], ...]) -> LabelledFrames:
        """Return these pairs of files with all that is known of them.

        Raises:
            DatasetError: a file that describes the data set is missing or malformed.

        """

    def open(self, root: Path, splits: Sequence[str]) -> LabelledFrames:
        """Open splits.

        Raises:
            DatasetError: a file is missing or left over; names it and the fix.

        """
        found = SplitFiles.joined(self.find_known(root, split) for split in dict.fromkeys(splits))
        if found.faults:
            more = len(found.faults) - 1
            hint = f' ({more} more: "lpsnet data check" lists them)' if more else ''
            raise DatasetError(found.faults[0] + hint)
        return self.describe(root, found.pairs)

    def find_known(self, root: Path, split: str) -> SplitFiles:
        """Pair the files of a split, as ``find``; of an unknown one, name those there are.

        Raises:
            DatasetError: as ``find``.

        """
        known = self.splits(root)
        try:
            return self.find(root, split)
        except DatasetError as error:
            if split in known:
                raise
            there = ', '.join(f'--split {name}' for name in known) or 'none'
            raise DatasetError(f'{error}; splits there are: {there}') from None


class SplitFolders(Layout):
    """A folder of frames and a folder of labels for each split.

    Attributes:
        images_in: the frames' folder, its name beginning with ``{split}``.
        labels_in: the labels' folder, its name beginning with ``{split}``.
        label_ending: what follows a frame's name in its label's.

    """

    images_in: ClassVar[str]
    labels_in: ClassVar[str]
    label_ending: ClassVar[str] = '.png'

    def fits(self, root: Path) -> bool:
        return any(self._has_both(root, split) for split in self.splits(root))

    def splits(self, root: Path) -> tuple[str, ...]:
        # Labels decide: a folder of frames alone is of no use here (a test split, a video).
        folder = root / self.labels_in
        suffix = folder.name.removeprefix('{split}')
        names = list_folders(folder.parent)
        named = [name.removesuffix(suffix) for name in names if name.endswith(suffix)]
        return tuple(filter(None, named))

    def find(self, root: Path, split: str) -> SplitFiles:
        images, labels = self._folders(root, split)
        for folder in (images, labels):
            if not folder.is_dir():
                expected = ' and '.join(str(f.relative_to(root)) for f in (images, labels))
                raise DatasetError(f'no folder {folder}: expected {expected}')
        return pair_folders(images, labels, self.label_ending)

    def _has_both(self, root: Path, split: str) -> bool:
        images, labels = self._folders(root, split)
        return images.is_dir() and any(labels.glob(f'*{self.label_ending}'))

    def _folders(self, root: Path, split: str) -> tuple[Path, Path]:
        return root / self.images_in.format(split=split), root / self.labels_in.format(split=split)
