"""Which data set a folder holds."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from training.datasets.pictures import save, stripes

from lpsnet_ros.training.datasets import DATASETS, DatasetError, open_dataset, recognise


def test_every_kind_is_recognised_by_its_files(
    street_root: Path,
    cityscapes: Path,
) -> None:
    assert recognise('auto', street_root).title == 'CamVid, ids of 11 classes'
    assert recognise('auto', cityscapes).title == 'Cityscapes'


@pytest.mark.parametrize('layout', ['cityscapes', 'bdd100k', 'camvid_stills'])
def test_recognised_layout_is_one_of_its_kind(layout: str, request: pytest.FixtureRequest) -> None:
    kind = layout.partition('_')[0]
    root = request.getfixturevalue(layout)
    assert recognise('auto', root) is recognise(kind, root)
    assert recognise('auto', root) in DATASETS[kind]


def test_folder_is_recognised_even_when_half_made(own_folder: Callable[..., Path]) -> None:
    root = own_folder()
    assert recognise('auto', root) in DATASETS['folder']
    (root / 'classes.yaml').unlink()
    assert recognise('auto', root) in DATASETS['folder']


def test_classes_file_beside_labels_is_no_camvid(street_root: Path, tmp_path: Path) -> None:
    for kind in ('images', 'labels'):
        (tmp_path / kind).symlink_to(street_root / kind)
    (tmp_path / 'classes.yaml').write_text('classes: [road]')
    with pytest.raises(DatasetError, match=r'no folder .*: expected images/train and masks/train'):
        open_dataset('auto', tmp_path, ['train'])


def test_boxes_beside_pictures_are_no_camvid(tmp_path: Path) -> None:
    save(tmp_path / 'images/train/0.jpg', stripes([0]))
    (tmp_path / 'labels/train').mkdir(parents=True)
    (tmp_path / 'labels/train/0.txt').write_text('0 0.5 0.5 1 1')
    with pytest.raises(DatasetError, match='is no data set that is known here'):
        recognise('auto', tmp_path)


def test_unknown_folder_shows_what_each_layout_looks_like(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match='is no data set that is known here') as caught:
        recognise('auto', tmp_path)
    for layouts in DATASETS.values():
        for layout in layouts:
            assert layout.title in str(caught.value)
            assert all(line in str(caught.value) for line in layout.tree)


def test_another_kind_than_the_folder_shows_its_layouts_only(cityscapes: Path) -> None:
    with pytest.raises(DatasetError, match=r'seg/images/SPLIT') as caught:
        recognise('bdd100k', cityscapes)
    assert 'leftImg8bit' not in str(caught.value)


def test_folder_of_two_kinds_is_to_be_named(cityscapes: Path) -> None:
    (cityscapes / 'masks').mkdir()
    with pytest.raises(DatasetError, match='may be cityscapes or folder: say which with --'):
        recognise('auto', cityscapes)
    assert recognise('cityscapes', cityscapes).title == 'Cityscapes'


@pytest.mark.parametrize('near', ['leftImg8bit', 'leftImg8bit/train', 'leftImg8bit/train/aachen'])
def test_folder_inside_a_data_set_names_its_root(cityscapes: Path, near: str) -> None:
    with pytest.raises(
        DatasetError, match=f'but {re.escape(str(cityscapes))} looks like Cityscapes'
    ):
        recognise('auto', cityscapes / near)


def test_folder_around_a_data_set_names_it(tmp_path: Path, street_root: Path) -> None:
    (tmp_path / 'inner').symlink_to(street_root)
    with pytest.raises(DatasetError, match=r'but .*/inner looks like CamVid, ids'):
        recognise('camvid', tmp_path)


def test_absent_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r'no folder .*/absent'):
        open_dataset('auto', tmp_path / 'absent', ['train'])


@pytest.mark.skipif(os.geteuid() == 0, reason='root may list every folder')
def test_folder_that_can_not_be_listed_is_named(cityscapes: Path) -> None:
    folder = cityscapes / 'leftImg8bit' / 'train' / 'aachen'
    folder.chmod(0)
    try:
        with pytest.raises(DatasetError, match=r'aachen can not be listed: Permission denied'):
            open_dataset('cityscapes', cityscapes, ['train'])
    finally:
        folder.chmod(0o700)


def test_unknown_kind_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'kitti': choose auto, camvid, cityscapes, bdd100k, f"):
        open_dataset('kitti', tmp_path, ['train'])
