"""The kinds of data set that there are, and which of them a folder holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from lpsnet_ros.training.datasets.bdd100k import Bdd100k, OlderBdd100k
from lpsnet_ros.training.datasets.camvid import CamVidIds, SegNetTutorial
from lpsnet_ros.training.datasets.camvid_colour import CamVidColourFolders, CamVidStills
from lpsnet_ros.training.datasets.cityscapes import Cityscapes
from lpsnet_ros.training.datasets.errors import DatasetError
from lpsnet_ros.training.datasets.folder import OwnFolder
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames
from lpsnet_ros.training.datasets.layout import Layout
from lpsnet_ros.training.datasets.split_files import list_folders

AUTO = 'auto'
DATASETS: Mapping[str, tuple[Layout, ...]] = {
    'camvid': (CamVidIds(), SegNetTutorial(), CamVidStills(), CamVidColourFolders()),
    'cityscapes': (Cityscapes(),),
    'bdd100k': (Bdd100k(), OlderBdd100k()),
    'folder': (OwnFolder(),),
}
"""Layouts of each kind, the first that fits taken."""


def open_dataset(kind: str, root: Path, splits: Sequence[str]) -> LabelledFrames:
    """Open splits of a data set.

    Args:
        kind: a key of ``DATASETS``, or 'auto' to recognise it by its files.
        root: its folder.
        splits: names of the splits, in the order wanted.

    Raises:
        DatasetError: the folder is arranged otherwise, or a file is missing; names the fix.
        ValueError: no such kind.

    """
    return recognise(kind, root).open(root, splits)


def recognise(kind: str, root: Path) -> Layout:
    """Return the layout of a folder.

    Args:
        kind: a key of ``DATASETS``, or 'auto' for any.
        root: the folder.

    Raises:
        DatasetError: none fits, or layouts of several kinds do; says what each looks like.
        ValueError: no such kind.

    """
    if kind not in (AUTO, *DATASETS):
        raise ValueError(f'no kind of data set {kind!r}: choose {AUTO}, {", ".join(DATASETS)}')
    if not root.is_dir():
        raise DatasetError(f'no folder {root}')
    subfolders = [root / name for name in list_folders(root)]
    kinds = list(DATASETS) if kind == AUTO else [kind]
    fitting = {name: _fitting(DATASETS[name], root) for name in kinds}
    found = {name: layout for name, layout in fitting.items() if layout}
    if len(found) > 1:
        raise DatasetError(
            f'{root} may be {" or ".join(found)}: say which with --dataset, or tidy it'
        )
    if not found:
        raise DatasetError(_misfit(root, subfolders, kinds))
    return next(iter(found.values()))


def _fitting(layouts: Iterable[Layout], root: Path) -> Layout | None:
    return next((layout for layout in layouts if layout.fits(root)), None)


def _misfit(root: Path, subfolders: Iterable[Path], kinds: Iterable[str]) -> str:
    layouts = [layout for kind in kinds for layout in DATASETS[kind]]
    for near in (*root.resolve().parents[:3], *subfolders):
        # A folder that we may not read is none that was meant.
        with suppress(OSError, DatasetError):
            layout = _fitting(layouts, near)
            if layout:
                return f'{root} is no data set, but {near} looks like {layout.title}: give that'
    trees = '\n'.join(
        f'  {layout.title}:\n' + '\n'.join(f'    {line}' for line in layout.tree)
        for layout in layouts
    )
    return f'{root} is no data set that is known here. Expected one of\n{trees}'
