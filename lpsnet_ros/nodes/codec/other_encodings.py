"""Encodings that only cv_bridge knows, without trusting it with the life of the node.

A cv_bridge that was built for numpy 1 imports without an error where numpy 2 is installed, and
ends the process at its first conversion. So it is tried in a process of its own before it is
imported here, and neither happens before a frame comes that needs it.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image

from lpsnet_ros.nodes.codec.message_data import rows_of
from lpsnet_ros.nodes.codec.refusal import FrameRefused

_TRIAL_TIMEOUT_S = 60
_TRIAL = """
import cv2
from cv_bridge import CvBridge
from sensor_msgs.msg import Image
message = Image(height=1, width=1, encoding='rgb8', step=3, data=[1, 2, 3])
assert CvBridge().imgmsg_to_cv2(message, 'bgr8').tolist() == [[[3, 2, 1]]], 'wrong pixels'
"""


class _Loaded(NamedTuple):
    bridge: Any
    trouble: str = ''


def decode_by_cv_bridge(message: Image, alternatives: Sequence[str]) -> NDArray[np.uint8]:
    """Return a message's picture as uint8 (H,W,3) BGR by the installed cv_bridge.

    Args:
        message: in an encoding of which nothing is known here.
        alternatives: encodings that work without cv_bridge, to be named where it fails.

    Raises:
        FrameRefused: cv_bridge is missing, broken or does not know the encoding either; or the
            message's step does not fit it.

    """
    bridge, trouble = _load()
    if bridge is None:
        raise FrameRefused(
            'unknown encoding',
            f'{message.encoding!r} is left to cv_bridge, but {trouble}; '
            f'without it these work: {", ".join(alternatives)}',
        )
    try:
        dtype, channels = bridge.encoding_to_dtype_with_channels(message.encoding)
        _check_step(message, np.dtype(dtype).itemsize * channels)
        picture = bridge.imgmsg_to_cv2(message, 'bgr8')
    except FrameRefused:
        raise
    except Exception as error:  # Whatever it raises is about this frame.
        raise FrameRefused(
            'unknown encoding',
            f'{message.encoding!r}: cv_bridge: {error}; known are {", ".join(alternatives)}',
        ) from error
    return picture


def _check_step(message: Image, pixel_bytes: int) -> None:
    rows_of(message, message.height, message.width * pixel_bytes)
    # cv_bridge takes the step in whole pixels, and gives wrong ones where it is not.
    if message.step % pixel_bytes:
        raise FrameRefused(
            'bad step',
            f'{message.step} bytes a row; cv_bridge needs a multiple of the {pixel_bytes} bytes '
            f'of a pixel in {message.encoding}',
        )


@functools.cache
def _load() -> _Loaded:
    if importlib.util.find_spec('cv_bridge') is None:
        return _Loaded(None, 'it is not installed')
    trouble = _trial()
    if trouble:
        return _Loaded(None, f'it is broken here ({trouble})')
    try:
        return _Loaded(importlib.import_module('cv_bridge').CvBridge())
    except Exception as error:  # The trial went well, but other libraries are loaded here.
        return _Loaded(None, f'it can not be imported here ({error})')


def _trial() -> str:
    """Convert a pixel in another process; return what went wrong, or nothing."""
    environment = os.environ | {'PYTHONPATH': os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            [sys.executable, '-c', _TRIAL],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TRIAL_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ''
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return f'a conversion ended with {name}, as one built for numpy 1 does with numpy 2'
    return (done.stderr.strip().splitlines() or [f'exit code {done.returncode}'])[-1]
