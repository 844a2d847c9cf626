"""From values to class ids."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.datasets import DatasetError
from lpsnet_ros.training.datasets.label_coding import ColourCoding, IdCoding

PATH = Path('label.png')


def test_ids_leave_the_void_value_out() -> None:
    every = np.arange(5, dtype=np.uint8)[None]
    assert IdCoding.of_ids(4, 4, '').decode(every, PATH).tolist() == [[0, 1, 2, 3, UNLABELED]]
    assert IdCoding.of_ids(4, 2, '').decode(every, PATH).tolist() == [[0, 1, UNLABELED, 2, 3]]


def test_as_many_classes_as_fit_are_read() -> None:
    every = np.array([[*range(254), 255]], np.uint8)
    assert (IdCoding.of_ids(254, 255, '').decode(every, PATH) == every).all()


def test_many_wrong_values_are_counted() -> None:
    every = np.arange(256, dtype=np.uint8)[None]
    with pytest.raises(
        DatasetError,
        match=r'^label\.png: ids \[2, 3, 4, 5, 6, 7, 8, 9, \.\.\. 253 in all\] have no class: '
        r'expected 0\.\.1, or 255 for void: do this$',
    ):
        IdCoding.of_ids(2, 255, 'do this').decode(every, PATH)


def test_all_channels_of_a_colour_count() -> None:
    coding = ColourCoding({(1, 2, 3): 0, (3, 2, 1): 1, (1, 2, 4): 2}, '')
    picture = np.array([[(3, 2, 1), (1, 2, 3), (4, 2, 1)]], np.uint8)
    assert coding.decode(picture, PATH).tolist() == [[0, 1, 2]]


def test_grey_is_a_colour_too() -> None:
    coding = ColourCoding({(0, 0, 0): UNLABELED, (9, 9, 9): 0}, '')
    assert coding.decode(np.array([[0, 9]], np.uint8), PATH).tolist() == [[UNLABELED, 0]]


def test_colours_of_two_bytes_are_refused() -> None:
    with pytest.raises(DatasetError, match=r'expected 8-bit colours, got uint16 \(1, 1, 3\): do'):
        ColourCoding({}, 'do').decode(np.zeros((1, 1, 3), np.uint16), PATH)


@pytest.mark.parametrize('forgiving', [False, True])
def test_only_a_few_stray_colours_are_forgiven(forgiving: bool) -> None:
    coding = ColourCoding({(0, 0, 0): 0}, '', forgiving)
    picture = np.zeros((10, 10, 3), np.uint8)
    picture[0, 0] = 1
    if forgiving:
        assert coding.decode(picture, PATH)[0].tolist() == [UNLABELED] + 9 * [0]
    else:
        with pytest.raises(DatasetError, match=r'\[\(1, 1, 1\)\] have no class'):
            coding.decode(picture, PATH)
    picture[0, 1] = 1
    with pytest.raises(DatasetError, match=r'\[\(1, 1, 1\)\] have no class'):
        coding.decode(picture, PATH)


def test_codings_go_to_other_processes_without_their_tables() -> None:
    coding = ColourCoding({(0, 0, 0): 0}, '')
    coding.decode(np.zeros((2, 2, 3), np.uint8), PATH)
    copy = pickle.dumps(coding)
    assert len(copy) < 1000
    assert pickle.loads(copy).decode(np.zeros((2, 2), np.uint8), PATH).tolist() == [[0, 0], [0, 0]]
