"""Reading a whole data set: every fault, and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from training.datasets.pictures import SIZE, painted, photo, save, stripes

from lpsnet_ros.training.datasets import DatasetError, recognise
from lpsnet_ros.training.datasets.check import DataReport, check_dataset


def quiet(frames: object, **_: object) -> object:
    return frames


def check(root: Path, *splits: str) -> DataReport:
    return check_dataset(recognise('auto', root), root, splits, threads=2, progress=quiet)


def test_sound_data_are_summed_up(cityscapes: Path) -> None:
    report = check(cityscapes)
    assert report.faults == ()
    assert report.dataset == report.layout == 'Cityscapes'
    assert report.frames == {'train': {'aachen': 2, 'bochum': 1}, 'val': {'munster': 1}}
    assert report.sizes == {f'{SIZE[0]}x{SIZE[1]}': 4}
    present = ('road', 'sidewalk', 'building', 'sky', 'car', 'bicycle')
    assert {name: report.shares[name] for name in present} == pytest.approx(
        dict.fromkeys(present, 1 / 6)
    )
    assert report.void == pytest.approx(2 / 8)
    assert set(report.absent) == set(report.shares) - set(present)


def test_splits_may_be_chosen(cityscapes: Path) -> None:
    assert list(check(cityscapes, 'val', 'val').frames) == ['val']


def test_every_fault_is_found(own_folder: Callable[..., Path]) -> None:
    root = own_folder(splits=['train', 'val'])
    images, masks = root / 'images', root / 'masks'
    (images / 'train/yard_0.jpg').write_bytes(b'no picture')
    save(masks / 'train/yard_0.png', stripes([0, 9]))
    save(masks / 'train/yard_1.png', painted([(0, 0, 0), (1, 2, 3)]))
    (masks / 'val/yard_0.png').write_bytes(b'no picture')
    save(masks / 'val/yard_1.png', np.full((8, 8), 255, np.uint8))
    save(images / 'val/lonely.jpg', photo())
    save(masks / 'val/left.png', stripes([0]))
    faults = check(root).faults
    expected = [
        'val/lonely.jpg has no label: expected ',
        'val/left.png has no frame: expected one in ',
        'images/train/yard_0.jpg: can not be decoded',
        'masks/train/yard_0.png: ids [9] have no class',
        'masks/train/yard_1.png: expected one channel',
        'masks/val/yard_0.png: can not be decoded',
        f'masks/val/yard_1.png: size (8, 8), its frame has {SIZE}',
        'masks/val/yard_1.png: every pixel is void: label the frame',
    ]
    assert len(faults) == len(expected)
    for fault, part in zip(faults, expected):
        assert part in fault


def test_faulty_frames_do_not_hide_the_others(own_folder: Callable[..., Path]) -> None:
    root = own_folder()
    (root / 'masks/yard_0.png').write_bytes(b'no picture')
    report = check(root)
    assert report.frames == {'all': {'yard': 2}}
    assert report.sizes == {f'{SIZE[0]}x{SIZE[1]}': 2}
    assert report.shares == pytest.approx({'road': 11 / 22, 'grass': 11 / 22}, abs=0.03)


def test_frames_of_several_heights_are_a_warning_and_no_fault(
    own_folder: Callable[..., Path],
) -> None:
    root = own_folder()
    assert check(root).warnings == ()
    height, width = SIZE
    save(root / 'images/wide.png', np.zeros((height, 2 * width, 3), np.uint8))
    save(root / 'masks/wide.png', np.zeros((height, 2 * width), np.uint8))
    assert check(root).warnings == ()
    save(root / 'images/high.png', np.zeros((2 * height, width, 3), np.uint8))
    save(root / 'masks/high.png', np.zeros((2 * height, width), np.uint8))
    report = check(root)
    assert report.faults == ()
    (warning,) = report.warnings
    assert f'frames differ in height ({height}, {2 * height})' in warning
    assert 'bring them to one size, or train a network for each' in warning


def test_missing_split_is_a_fault_among_others(cityscapes: Path) -> None:
    (cityscapes / 'gtFine/train/aachen/aachen_000000_000019_gtFine_labelIds.png').unlink()
    missing, lonely = sorted(check(cityscapes, 'extra', 'train').faults, reverse=True)
    assert missing.startswith('no folder ')
    assert 'aachen_000000_000019_leftImg8bit.png has no label' in lonely


def test_data_of_which_nothing_can_be_read_are_summed_up(cityscapes: Path) -> None:
    report = check(cityscapes, 'extra')
    assert len(report.faults) == 1
    assert report.frames == {'extra': {}}
    assert report.void == 0
    assert set(report.shares.values()) == {0}


def test_malformed_description_is_no_fault_among_others(own_folder: Callable[..., Path]) -> None:
    with pytest.raises(DatasetError, match=r'classes\.yaml: classes: expected a list'):
        check(own_folder('classes: road'))


def test_data_without_splits_are_refused(tmp_path: Path) -> None:
    (tmp_path / 'leftImg8bit').mkdir()
    with pytest.raises(DatasetError, match=r'has no splits: expected leftImg8bit/SPLIT/CITY/NAME'):
        check(tmp_path)


def test_camvid_is_sound(camvid_root: Path) -> None:
    report = check(camvid_root, 'val')
    assert report.faults == ()
    assert report.frames == {'val': {'0016E5': 101}}
    assert report.sizes == {'360x480': 101}
    assert report.absent == ()
    assert sum(report.shares.values()) == pytest.approx(1)
