"""CameraInfo of smaller masks."""

from __future__ import annotations

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo

from lpsnet_ros.nodes.scaled_info import scaled_info

FRAME = (480, 640)


@pytest.fixture
def info() -> CameraInfo:
    message = CameraInfo(height=480, width=640, distortion_model='plumb_bob', d=[0.1, 0.0])
    message.k = [500.0, 0.0, 319.5, 0.0, 510.0, 239.5, 0.0, 0.0, 1.0]
    message.p = [500.0, 0.0, 319.5, -50.0, 0.0, 510.0, 239.5, 0.0, 0.0, 0.0, 1.0, 0.0]
    return message


def project(matrix: object, columns: int, point: tuple[float, ...]) -> np.ndarray:
    u, v, w = np.asarray(matrix).reshape(3, columns) @ np.asarray(point)
    return np.array([u, v]) / w


@pytest.mark.parametrize('mask_size', [(240, 320), (120, 640), (160, 213)])
def test_a_point_falls_on_the_mask_pixel_that_shows_it(
    info: CameraInfo, mask_size: tuple[int, int]
) -> None:
    scaled = scaled_info(info, FRAME, mask_size)
    assert (scaled.height, scaled.width) == mask_size
    factor = np.array(mask_size[::-1]) / np.array(FRAME[::-1])
    for name, columns, point in (('k', 3, (0.3, -0.2, 2.0)), ('p', 4, (0.3, -0.2, 2.0, 1.0))):
        in_frame = project(getattr(info, name), columns, point)
        in_mask = project(getattr(scaled, name), columns, point)
        np.testing.assert_allclose(in_mask, (in_frame + 0.5) * factor - 0.5, atol=1e-9)
    assert list(scaled.d) == list(info.d)


def test_the_info_of_a_mask_of_full_size_is_the_camera_s(info: CameraInfo) -> None:
    assert scaled_info(info, FRAME, FRAME) is info


def test_the_camera_s_own_message_stays_as_it_is(info: CameraInfo) -> None:
    info.roi.width = 100
    scaled = scaled_info(info, FRAME, (240, 320))
    assert (scaled.roi.width, info.roi.width, info.k[0]) == (50, 100, 500.0)


def test_an_uncalibrated_camera_stays_uncalibrated() -> None:
    scaled = scaled_info(CameraInfo(height=480, width=640), FRAME, (240, 320))
    assert not np.any(scaled.k)
