"""Frames out of videos, pictures and folders."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest

from lpsnet_ros.frames import FrameSource, open_source, render_street
from lpsnet_ros.frames.sources import repeated

GREYS = (10, 90, 170)


def grey(value: int) -> np.ndarray:
    return np.full((48, 64, 3), value, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for value in reversed(GREYS):
        cv2.imwrite(str(tmp_path / f'{value:03d}.png'), grey(value))
    (tmp_path / 'notes.txt').write_text('no picture')
    return tmp_path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / 'drive.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 12.5, (64, 48))
    for value in GREYS:
        writer.write(grey(value))
    writer.release()
    return path


def test_folder_gives_its_pictures_in_order_of_their_names(folder: Path) -> None:
    source = open_source(str(folder))
    frames = list(source.frames())
    assert [int(f[0, 0, 0]) for f in frames] == list(GREYS)
    assert frames[0].shape == (48, 64, 3)
    assert '3 pictures' in source.name


def test_picture_gives_one_frame(folder: Path) -> None:
    source = open_source(str(folder / '090.png'))
    (frame,) = source.frames()
    np.testing.assert_array_equal(frame, grey(90))
    assert source.name == '090.png'


def test_grey_picture_gives_three_channels(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'grey.png'), grey(90)[:, :, 0])
    (frame,) = open_source(str(tmp_path / 'grey.png')).frames()
    np.testing.assert_array_equal(frame, grey(90))


def test_video_gives_its_frames_at_its_rate_as_often_as_asked(video: Path) -> None:
    source = open_source(str(video))
    assert source.rate_hz == pytest.approx(12.5)
    for _ in range(2):
        means = [frame.mean() for frame in source.frames()]
        assert means == pytest.approx(GREYS, abs=4)


def test_street_gives_rendered_frames() -> None:
    first, second = itertools.islice(open_source('street').frames(), 2)
    np.testing.assert_array_equal(first, render_street(0)[0])
    np.testing.assert_array_equal(second, render_street(1)[0])


def test_repeated_source_starts_over(folder: Path) -> None:
    frames = itertools.islice(repeated(open_source(str(folder))), 7)
    assert [int(f[0, 0, 0]) for f in frames] == [*GREYS, *GREYS, GREYS[0]]


def test_missing_source_says_what_there_may_be(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"give a video, .* or 'street'"):
        open_source(str(tmp_path / 'absent.mp4'))


def test_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='holds no pictures'):
        open_source(str(tmp_path))


def test_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'notes.mp4').write_text('no video')
    with pytest.raises(ValueError, match=r'notes\.mp4: OpenCV can not open it'):
        open_source(str(tmp_path / 'notes.mp4'))


def test_undecodable_picture_is_named(folder: Path) -> None:
    (folder / '090.png').write_bytes(b'no picture')
    frames = open_source(str(folder)).frames()
    assert next(frames).shape == (48, 64, 3)
    with pytest.raises(ValueError, match=r'090\.png: can not be decoded'):
        next(frames)


def test_a_source_without_frames_does_not_repeat_for_ever() -> None:
    empty = FrameSource('nothing', 10.0, lambda: iter([]))
    with pytest.raises(ValueError, match='nothing has no frames'):
        next(repeated(empty))
