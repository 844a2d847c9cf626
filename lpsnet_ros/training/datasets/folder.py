"""One's own frames: pictures, masks and classes.yaml."""

from __future__ import annotations

from pathlib import Path

from lpsnet_ros.training.datasets.classes_file import CLASSES_FILE, read_classes_file
from lpsnet_ros.training.datasets.errors import DatasetError
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames
from lpsnet_ros.training.datasets.layout import WHOLE, SplitFolders
from lpsnet_ros.training.datasets.split_files import SplitFiles, list_folders, pair_folders


class OwnFolder(SplitFolders):
    """Pictures and masks of the same names, sorted into splits or not."""

    title = 'a folder with classes.yaml'
    tree = (
        'images/NAME.jpg   (or images/SPLIT/NAME.jpg; png, webp and bmp too)',
        'masks/NAME.png    (or masks/SPLIT/NAME.png)',
        CLASSES_FILE,
    )
    images_in, labels_in = 'images/{split}', 'masks/{split}'

    def fits(self, root: Path) -> bool:
        return (root / CLASSES_FILE).is_file() or (root / 'masks').is_dir()

    def splits(self, root: Path) -> tuple[str, ...]:
        flat = next((root / 'masks').glob('*.png'), None)
        return super().splits(root) or ((WHOLE,) if flat else ())

    def find(self, root: Path, split: str) -> SplitFiles:
        if split != WHOLE or (root / 'masks' / WHOLE).is_dir():
            return super().find(root, split)
        if list_folders(root / 'masks'):
            raise DatasetError(f'{root / "masks"} is sorted into splits: name them')
        for folder in (root / 'images', root / 'masks'):
            if not folder.is_dir():
                raise DatasetError(f'no folder {folder}: expected images and masks in {root}')
        return pair_folders(root / 'images', root / 'masks')

    def describe(self, root: Path, pairs: tuple[tuple[Path, Path], ...]) -> LabelledFrames:
        said = read_classes_file(root / CLASSES_FILE)
        return LabelledFrames(
            said.name, said.licence, pairs, said.classes, said.coding, said.upscale
        )
