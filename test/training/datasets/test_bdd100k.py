"""BDD100K's two layouts, on synthetic files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training.datasets.pictures import photo, save, stripes, write_palette_png

from lpsnet_ros.network import BDD100K, CITYSCAPES, UNLABELED
from lpsnet_ros.training.datasets import DatasetError, open_dataset


@pytest.fixture
def older(tmp_path: Path) -> Path:
    for split, name in (('train', '0a0a0b1a-7c39d841'), ('val', '7d2f7975-e0c1c5a7')):
        save(tmp_path / f'seg/images/{split}/{name}.jpg', photo())
        save(tmp_path / f'seg/labels/{split}/{name}_train_id.png', stripes([0, 10, 18, 255]))
        save(tmp_path / f'seg/color_labels/{split}/{name}_train_color.png', photo())
    save(tmp_path / 'seg/images/test/ac6d4f42-00000000.jpg', photo())
    return tmp_path


@pytest.mark.parametrize('layout', ['bdd100k', 'older'])
def test_both_layouts_are_read(layout: str, request: pytest.FixtureRequest) -> None:
    frames = open_dataset('bdd100k', request.getfixturevalue(layout), ['train', 'val'])
    assert [image.stem for image, _ in frames.pairs] == ['0a0a0b1a-7c39d841', '7d2f7975-e0c1c5a7']
    assert np.unique(frames.frame(0)[1]).tolist() == [0, 10, 18, UNLABELED]
    assert frames.classes is BDD100K
    assert frames.classes.names == CITYSCAPES.names
    assert 'not-for-profit' in frames.licence


@pytest.mark.parametrize('layout', ['bdd100k', 'older'])
def test_test_split_has_no_labels(layout: str, request: pytest.FixtureRequest) -> None:
    root = request.getfixturevalue(layout)
    with pytest.raises(
        DatasetError, match=r'no folder .*test: expected .*splits there are: --split train'
    ):
        open_dataset('bdd100k', root, ['test'])


def test_masks_may_have_a_palette_as_the_official_tools_write_it(bdd100k: Path) -> None:
    mask = bdd100k / 'labels/sem_seg/masks/train/0a0a0b1a-7c39d841.png'
    greys = bytes(value for value in range(256) for _ in 'rgb')
    write_palette_png(mask, stripes([0, 13, 255]), greys)
    assert np.unique(open_dataset('bdd100k', bdd100k, ['train']).label(0)).tolist() == [
        0,
        13,
        UNLABELED,
    ]


def test_missing_label_is_named_with_its_ending(older: Path) -> None:
    (older / 'seg/labels/train/0a0a0b1a-7c39d841_train_id.png').unlink()
    save(older / 'seg/labels/train/other_train_id.png', stripes([0]))
    with pytest.raises(
        DatasetError, match=r'0a0a0b1a-7c39d841\.jpg has no label: expected .*_train_id\.png'
    ):
        open_dataset('bdd100k', older, ['train'])


def test_colour_map_in_place_of_a_mask_is_refused(bdd100k: Path) -> None:
    save(bdd100k / 'labels/sem_seg/masks/train/0a0a0b1a-7c39d841.png', photo())
    with pytest.raises(
        DatasetError, match=r'7c39d841\.png: expected one channel .*not the colour maps'
    ):
        open_dataset('bdd100k', bdd100k, ['train']).label(0)
