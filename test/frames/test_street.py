"""The rendered street."""

from __future__ import annotations

import numpy as np
import pytest

from lpsnet_ros.frames import render_street
from lpsnet_ros.network import CAMVID


def test_frame_depends_on_its_index_alone() -> None:
    first, ids = render_street(3)
    again, ids_again = render_street(3)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(ids, ids_again)


def test_the_street_moves() -> None:
    _, before = render_street(0)
    _, after = render_street(10)
    assert 0.001 < np.mean(before != after) < 0.5


@pytest.mark.parametrize('size', [(480, 640), (96, 128), (33, 57)])
def test_frame_and_ids_have_the_size_asked_for(size: tuple[int, int]) -> None:
    picture, ids = render_street(0, size)
    assert picture.shape == (*size, 3)
    assert ids.shape == size
    assert picture.dtype == ids.dtype == np.uint8


def test_ids_are_camvids_and_of_several_classes() -> None:
    seen = {
        CAMVID.names[i] for index in range(0, 60, 20) for i in np.unique(render_street(index)[1])
    }
    assert seen == {'sky', 'building', 'pole', 'road', 'pavement', 'tree', 'car'}


def test_every_class_has_its_look() -> None:
    picture, ids = render_street(0)
    looks = {i: picture[ids == i].mean(axis=0) for i in np.unique(ids)}
    for i, look in looks.items():
        assert np.abs(picture[ids == i] - look).max() < 12
        assert all(np.abs(look - other).max() > 12 for j, other in looks.items() if j != i)
