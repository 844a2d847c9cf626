"""How pictures are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from training.datasets.pictures import SIZE, photo

from lpsnet_ros.training.datasets.picture_files import read_picture, read_size

ORIENTATION = 0x0112


def test_a_picture_lies_as_its_label_whatever_its_exif_says(tmp_path: Path) -> None:
    path = tmp_path / 'turned.jpg'
    picture = Image.fromarray(photo())
    plain = tmp_path / 'plain.jpg'
    picture.save(plain)
    exif = picture.getexif()
    exif[ORIENTATION] = 6
    picture.save(path, exif=exif)
    assert read_size(path) == read_picture(path).shape[:2] == SIZE
    np.testing.assert_array_equal(read_picture(path), read_picture(plain))
