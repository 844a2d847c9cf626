"""A calibration made up for a frame size."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install .[ros]')

from std_msgs.msg import Header

from lpsnet_ros.nodes.pinhole import pinhole_info


@pytest.mark.parametrize('size', [(640, 480), (1920, 1080)])
def test_the_edges_of_the_picture_are_sixty_degrees_apart(size: tuple[int, int]) -> None:
    width, height = size
    info = pinhole_info(width, height, Header(frame_id='eye'))
    assert (info.width, info.height, info.header.frame_id) == (width, height, 'eye')
    inverse = np.linalg.inv(info.k.reshape(3, 3))
    left, right = (inverse @ (x, height / 2, 1) for x in (0, width))
    angle = math.degrees(math.atan(right[0]) - math.atan(left[0]))
    assert angle == pytest.approx(60)
    assert left[1] == right[1] == 0
    np.testing.assert_array_equal(info.p.reshape(3, 4)[:, :3], info.k.reshape(3, 3))
