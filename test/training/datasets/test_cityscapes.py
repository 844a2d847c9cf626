"""Cityscapes' layout and its two codings, on synthetic files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from training.datasets.pictures import SIZE, save, stripes

from lpsnet_ros.network import CITYSCAPES, UNLABELED
from lpsnet_ros.training.datasets import DatasetError, open_dataset
from lpsnet_ros.training.datasets.cityscapes import CODINGS, LABEL_IDS

NAME = 'aachen_000000_000019'
OFFICIAL = {
    255: [*range(7), 9, 10, 14, 15, 16, 18, 29, 30],
    **{i: [id_] for i, id_ in enumerate([7, 8, 11, 12, 13, 17, *range(19, 29), 31, 32, 33])},
}
"""trainId -> labelIds, as cityscapesScripts' helpers/labels.py has it."""


def label_file(root: Path, ending: str = 'labelIds') -> Path:
    return root / 'gtFine' / 'train' / 'aachen' / f'{NAME}_gtFine_{ending}.png'


def test_frames_of_all_cities_are_paired(cityscapes: Path) -> None:
    frames = open_dataset('cityscapes', cityscapes, ['train', 'val'])
    names = [image.name.removesuffix('_leftImg8bit.png') for image, _ in frames.pairs]
    assert names == [
        NAME,
        'aachen_000001_000019',
        'bochum_000000_000313',
        'munster_000000_000019',
    ]
    assert all(label.name.endswith('_labelIds.png') for _, label in frames.pairs)
    assert frames.classes is CITYSCAPES
    assert frames.upscale == 1.0
    assert 'non-commercial' in frames.licence


def test_a_drive_is_a_city(cityscapes: Path) -> None:
    rest, held_out = open_dataset('cityscapes', cityscapes, ['train']).split_by_drive(['aachen'])
    assert [frames.drive(0) for frames in (rest, held_out)] == ['bochum', 'aachen']
    assert (len(rest), len(held_out)) == (1, 2)


def test_every_label_id_becomes_its_train_id(cityscapes: Path) -> None:
    for train_id, label_ids in OFFICIAL.items():
        save(label_file(cityscapes), stripes(label_ids))
        label = open_dataset('cityscapes', cityscapes, ['train']).label(0)
        assert (label == train_id).all(), train_id
    assert sorted(i for ids in OFFICIAL.values() for i in ids) == list(range(34))
    assert sorted(CODINGS[LABEL_IDS].class_of) == list(range(34))


def test_train_ids_are_read_where_there_are_no_label_ids(cityscapes: Path) -> None:
    for path in (cityscapes / 'gtFine').glob('*/*/*_labelIds.png'):
        save(path.with_name(path.name.replace('labelIds', 'labelTrainIds')), stripes([0, 18, 255]))
        path.unlink()
    frames = open_dataset('cityscapes', cityscapes, ['train', 'val'])
    assert len(frames) == 4
    assert np.unique(frames.label(0)).tolist() == [0, 18, UNLABELED]
    assert frames.frame(0)[1].shape == SIZE


def test_train_ids_made_for_some_frames_do_not_hide_the_others(cityscapes: Path) -> None:
    save(label_file(cityscapes, 'labelTrainIds'), stripes([0, 1]))
    assert len(open_dataset('cityscapes', cityscapes, ['train'])) == 3


def test_labels_of_the_test_split_are_refused(cityscapes: Path) -> None:
    with pytest.raises(DatasetError, match=r'gtFine/test: .* are dummies.*: use --split val'):
        open_dataset('cityscapes', cityscapes, ['test'])


def test_missing_label_is_named(cityscapes: Path) -> None:
    label_file(cityscapes).unlink()
    with pytest.raises(
        DatasetError,
        match=rf'{NAME}_leftImg8bit\.png has no label: expected .*{NAME}_gtFine_label',
    ):
        open_dataset('cityscapes', cityscapes, ['train'])


def test_label_without_a_frame_is_named(cityscapes: Path) -> None:
    save(label_file(cityscapes).with_name('aachen_9_gtFine_labelIds.png'), stripes([7]))
    with pytest.raises(DatasetError, match=r'aachen_9_gtFine_labelIds\.png has no frame'):
        open_dataset('cityscapes', cityscapes, ['train'])


def test_city_without_labels_is_named(cityscapes: Path) -> None:
    shutil.rmtree(cityscapes / 'gtFine' / 'train' / 'bochum')
    with pytest.raises(DatasetError, match=r'no folder .*bochum: unpack both archives whole'):
        open_dataset('cityscapes', cityscapes, ['train'])


def test_missing_archive_is_named(cityscapes: Path) -> None:
    shutil.rmtree(cityscapes / 'leftImg8bit')
    with pytest.raises(
        DatasetError, match=r'no folder .*leftImg8bit/val: expected leftImg8bit/val and gtFine/val'
    ):
        open_dataset('cityscapes', cityscapes, ['val'])


def test_unknown_split_names_those_there_are(cityscapes: Path) -> None:
    with pytest.raises(DatasetError, match=r'gtFine/extra.*splits there are: --split train'):
        (cityscapes / 'leftImg8bit' / 'extra').mkdir()
        open_dataset('cityscapes', cityscapes, ['extra'])


def test_split_without_cities_is_refused(cityscapes: Path) -> None:
    for kind in ('leftImg8bit', 'gtFine'):
        (cityscapes / kind / 'extra').mkdir()
    with pytest.raises(DatasetError, match=r'extra holds no cities: unpack leftImg8bit'):
        open_dataset('cityscapes', cityscapes, ['extra'])


def test_id_beyond_the_official_ones_is_named(cityscapes: Path) -> None:
    save(label_file(cityscapes), stripes([7, 34, 255]))
    with pytest.raises(
        DatasetError,
        match=r'ids \[34, 255\] have no class: expected 7\.\.8, 11\.\.13, .*'
        r', or 0\.\.6, 9\.\.10, .* for void: .*csCreateTrainIdLabelImgs',
    ):
        open_dataset('cityscapes', cityscapes, ['train']).label(0)
