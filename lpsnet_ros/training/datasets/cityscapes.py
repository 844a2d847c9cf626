"""Cityscapes, fine annotations."""

from __future__ import annotations

from pathlib import Path

from lpsnet_ros.network import CITYSCAPES, UNLABELED
from lpsnet_ros.training.datasets.errors import DatasetError
from lpsnet_ros.training.datasets.label_coding import IdCoding
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames
from lpsnet_ros.training.datasets.layout import Layout
from lpsnet_ros.training.datasets.split_files import SplitFiles, list_folders, pair_folders

CITYSCAPES_LICENCE = 'Cityscapes terms of use: non-commercial, models trained on it included'
LABEL_IDS = '_gtFine_labelIds.png'
TRAIN_IDS = '_gtFine_labelTrainIds.png'
REMEDY = 'take gtFine of the download, or make it again with csCreateTrainIdLabelImgs'

LABEL_ID_OF_CLASS = {
    'road': 7,
    'sidewalk': 8,
    'building': 11,
    'wall': 12,
    'fence': 13,
    'pole': 17,
    'traffic light': 19,
    'traffic sign': 20,
    'vegetation': 21,
    'terrain': 22,
    'sky': 23,
    'person': 24,
    'rider': 25,
    'car': 26,
    'truck': 27,
    'bus': 28,
    'train': 31,
    'motorcycle': 32,
    'bicycle': 33,
}
"""The labelIds 0..33 that are scored (cityscapesScripts, helpers/labels.py); others are void."""

CODINGS = {
    LABEL_IDS: IdCoding(
        {
            **dict.fromkeys(range(34), UNLABELED),
            **{id_: CITYSCAPES.names.index(name) for name, id_ in LABEL_ID_OF_CLASS.items()},
        },
        REMEDY,
    ),
    TRAIN_IDS: IdCoding.of_ids(len(CITYSCAPES), UNLABELED, REMEDY),
}


class Cityscapes(Layout):
    """Frames of 2048x1024 in a folder for each city; a drive is a city."""

    title = 'Cityscapes'
    tree = (
        'leftImg8bit/SPLIT/CITY/NAME_leftImg8bit.png',
        f'gtFine/SPLIT/CITY/NAME{LABEL_IDS}   (or NAME{TRAIN_IDS})',
    )

    def fits(self, root: Path) -> bool:
        return any((root / name).is_dir() for name in ('leftImg8bit', 'gtFine'))

    def splits(self, root: Path) -> tuple[str, ...]:
        return tuple(name for name in list_folders(root / 'gtFine') if name != 'test')

    def find(self, root: Path, split: str) -> SplitFiles:
        if split == 'test':
            raise DatasetError(
                f"{root / 'gtFine' / 'test'}: the labels of Cityscapes' test split are dummies, "
                'its true ones are kept by the benchmark: use --split val'
            )
        images, labels = root / 'leftImg8bit' / split, root / 'gtFine' / split
        for folder in (images, labels):
            if not folder.is_dir():
                raise DatasetError(
                    f'no folder {folder}: expected leftImg8bit/{split} and gtFine/{split}'
                )
        ending = self._label_ending(root)
        cities = sorted({*list_folders(images), *list_folders(labels)})
        if not cities:
            raise DatasetError(f'{images} holds no cities: unpack leftImg8bit_trainvaltest.zip')
        return SplitFiles.joined(
            _city_files(images / city, labels / city, ending) for city in cities
        )

    def describe(self, root: Path, pairs: tuple[tuple[Path, Path], ...]) -> LabelledFrames:
        coding = CODINGS[self._label_ending(root)]
        return LabelledFrames('Cityscapes', CITYSCAPES_LICENCE, pairs, CITYSCAPES, coding)

    def _label_ending(self, root: Path) -> str:
        # labelIds first: the download brings them for every frame, trainIds are made afterwards.
        for ending in (LABEL_IDS, TRAIN_IDS):
            for split in self.splits(root):
                if next((root / 'gtFine' / split).glob(f'*/*{ending}'), None):
                    return ending
        return LABEL_IDS


def _city_files(images: Path, labels: Path, label_ending: str) -> SplitFiles:
    try:
        return pair_folders(images, labels, label_ending, '_leftImg8bit')
    except DatasetError as error:
        # A fault among others: the other cities are worth a look.
        return SplitFiles((), (f'{error}: unpack both archives whole',))
