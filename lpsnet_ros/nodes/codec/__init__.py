"""Between image messages and numpy, without copies where there need be none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage, Image

from lpsnet_ros.nodes.codec.compressed import decode_compressed, encode_jpeg
from lpsnet_ros.nodes.codec.raw import decode_raw, encode
from lpsnet_ros.nodes.codec.refusal import FrameRefused

__all__ = ['FrameRefused', 'decode', 'decode_compressed', 'decode_raw', 'encode', 'encode_jpeg']


def decode(message: Image | CompressedImage) -> NDArray[np.uint8]:
    """Return the picture of either message type as uint8 (H,W,3) BGR.

    Raises:
        FrameRefused: it can't be decoded; says what was found and what was expected.

    """
    if isinstance(message, CompressedImage):
        return decode_compressed(message)
    return decode_raw(message)
