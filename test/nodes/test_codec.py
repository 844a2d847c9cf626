"""Image messages to arrays and back."""

from __future__ import annotations

import numpy as np
import pytest
from nodes.conftest import random_frame
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from lpsnet_ros.nodes.codec import FrameRefused, decode, encode


def test_bgr8_is_a_view_of_the_message() -> None:
    message = encode(random_frame(0), 'bgr8', Header())
    picture = decode(message)
    message.data[0] ^= 255
    assert picture[0, 0, 0] == message.data[0]


def test_mono8_becomes_three_equal_channels() -> None:
    grey = random_frame(0)[:, :, 0]
    picture = decode(encode(grey, 'mono8', Header()))
    np.testing.assert_array_equal(picture, np.dstack([grey] * 3))


def test_encode_copies_any_strides() -> None:
    mirrored = random_frame(0)[::-1, ::-1]
    np.testing.assert_array_equal(decode(encode(mirrored, 'bgr8', Header())), mirrored)


@pytest.mark.parametrize(
    ('changes', 'kind'),
    [
        ({'encoding': 'nonsense'}, 'unknown encoding'),
        ({'height': 0}, 'bad size'),
        ({'width': 100_000}, 'bad size'),
        ({'step': 1}, 'bad step'),
        ({'height': 97}, 'short data'),
    ],
)
def test_what_does_not_fit_is_refused_by_kind(changes: dict[str, object], kind: str) -> None:
    message: Image = encode(random_frame(0), 'bgr8', Header())
    for name, value in changes.items():
        setattr(message, name, value)
    with pytest.raises(FrameRefused) as refusal:
        decode(message)
    assert refusal.value.kind == kind
