"""A fake: answers like cv_bridge for rgb8 and rgb565 (little-endian), and knows nothing else."""

from __future__ import annotations

import numpy as np


class CvBridge:
    def encoding_to_dtype_with_channels(self, encoding: str) -> tuple[str, int]:
        try:
            return {'rgb8': ('uint8', 3), 'rgb565': ('uint16', 1)}[encoding]
        except KeyError:
            raise TypeError(f'Unrecognized image encoding [{encoding}]') from None

    def imgmsg_to_cv2(self, message: object, desired_encoding: str) -> np.ndarray:
        assert desired_encoding == 'bgr8'
        dtype, channels = self.encoding_to_dtype_with_channels(message.encoding)
        values = np.frombuffer(message.data, dtype).reshape(message.height, -1, channels)
        pixels = values[:, : message.width]
        if channels == 3:
            return np.ascontiguousarray(pixels[:, :, ::-1])
        channel_bits = ((pixels & 31) << 3, (pixels >> 5 & 63) << 2, (pixels >> 11) << 3)
        return np.concatenate(channel_bits, axis=2).astype(np.uint8)
