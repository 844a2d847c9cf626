"""A few frames of one size."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lpsnet_ros.frames import render_street
from lpsnet_ros.frames.sample import STEP, sample_frames


def test_frames_lie_apart_and_have_the_size() -> None:
    frames = sample_frames('street', (480, 640), 3)
    assert len(frames) == 3
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame, render_street(STEP * index)[0])
    for size in ((90, 160), (720, 1280)):
        (frame,) = sample_frames('street', size, 1)
        assert (frame.shape, frame.dtype) == ((*size, 3), np.uint8)


def test_a_short_source_gives_what_it_has(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'one.png'), render_street(0)[0])
    assert len(sample_frames(str(tmp_path / 'one.png'), (32, 32), 4)) == 1


def test_there_must_be_a_source() -> None:
    with pytest.raises(FileNotFoundError, match='no source'):
        sample_frames('absent.mp4', (32, 32), 1)
