"""BDD100K, semantic segmentation."""

from __future__ import annotations

from pathlib import Path

from lpsnet_ros.network import BDD100K, UNLABELED
from lpsnet_ros.training.datasets.label_coding import IdCoding
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames
from lpsnet_ros.training.datasets.layout import SplitFolders

BDD100K_LICENCE = (
    'BDD100K licence (UC Berkeley): education, research and not-for-profit; '
    'commercial use for BDD members only'
)


class Bdd100k(SplitFolders):
    """The current layout: frames of 1280x720, masks of trainIds, 255 void."""

    title = 'BDD100K'
    tree = ('images/10k/SPLIT/NAME.jpg', 'labels/sem_seg/masks/SPLIT/NAME.png')
    images_in, labels_in = 'images/10k/{split}', 'labels/sem_seg/masks/{split}'
    coding = IdCoding.of_ids(
        len(BDD100K),
        UNLABELED,
        'take the masks of trainIds (labels/sem_seg/masks, or seg/labels/*_train_id.png), '
        'not the colour maps',
    )

    def fits(self, root: Path) -> bool:
        folders = (self.images_in, self.labels_in)
        return any((root / folder).parent.is_dir() for folder in folders)

    def describe(self, root: Path, pairs: tuple[tuple[Path, Path], ...]) -> LabelledFrames:
        return LabelledFrames('BDD100K', BDD100K_LICENCE, pairs, BDD100K, self.coding)


class OlderBdd100k(Bdd100k):
    """The layout of the first release, the same masks under other names."""

    title = 'BDD100K, first release'
    tree = ('seg/images/SPLIT/NAME.jpg', 'seg/labels/SPLIT/NAME_train_id.png')
    images_in, labels_in = 'seg/images/{split}', 'seg/labels/{split}'
    label_ending = '_train_id.png'
