"""Which frames a set holds, and of what heights."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from training.datasets.pictures import SIZE, save

from lpsnet_ros.training.datasets import DatasetError, frames_digest, open_dataset


def test_digest_tells_frames_and_their_split_but_not_where_they_lie(
    own_folder: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = own_folder(splits=['train', 'val'])
    train, val = (open_dataset('folder', root, [split]) for split in ('train', 'val'))
    assert [image.name for image, _ in train.pairs] == [image.name for image, _ in val.pairs]
    sets = ((train,), (val,), (train.subset([0]),), (train.subset([1, 0]),), (train, val))
    assert len({frames_digest(*parts) for parts in sets}) == len(sets)
    copy = shutil.copytree(root, tmp_path_factory.mktemp('elsewhere') / 'frames')
    assert frames_digest(open_dataset('folder', copy, ['train'])) == frames_digest(train)


def test_heights_are_those_of_all_frames(own_folder: Callable[..., Path]) -> None:
    root = own_folder()
    save(root / 'images/yard_0.jpg', np.zeros((2 * SIZE[0], SIZE[1], 3), np.uint8))
    frames = open_dataset('folder', root, ['all'])
    assert frames.heights == {SIZE[0], 2 * SIZE[0]}
    frames.pairs[1][0].write_bytes(b'no picture')
    with pytest.raises(DatasetError, match=r'yard_1\.jpg: can not be decoded'):
        _ = frames.heights
