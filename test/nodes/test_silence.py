"""Why no frames come."""

from __future__ import annotations

import pytest

from lpsnet_ros.nodes.silence import Offer, Surroundings, why_silent

IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'
ALONE = Surroundings('/eye', IMAGE)


def around(*offers: Offer) -> Surroundings:
    return Surroundings('/eye', IMAGE, offers)


@pytest.mark.parametrize(
    ('surroundings', 'words'),
    [
        (ALONE, 'nobody publishes on /eye'),
        (
            Surroundings('/eye', IMAGE, other_transport='compressed', elsewhere=('/a',)),
            'nobody publishes on /eye; set image_transport to compressed',
        ),
        (Surroundings('/eye', IMAGE, elsewhere=('/a', '/b')), 'there are /a, /b: remap image'),
        (
            Surroundings('/eye', IMAGE, elsewhere=tuple('abcd')),
            'there are a, b, c, ...: remap image',
        ),
        (around(Offer('cam', COMPRESSED)), f'cam publishes {COMPRESSED} on /eye, {IMAGE} is'),
        (around(Offer('cam', IMAGE, 'Best effort')), 'cam on /eye can not be heard'),
        (around(Offer('cam', IMAGE), Offer('b', IMAGE)), '2 publisher(s) on /eye are silent'),
    ],
)
def test_the_sentence_names_the_cause(surroundings: Surroundings, words: str) -> None:
    assert words in why_silent(surroundings)
