"""Frames that can't be decoded."""

from __future__ import annotations

MAX_SIDE = 16384


class FrameRefused(ValueError):
    """A frame that can't be decoded.

    Args:
        kind: short name of what is wrong, the same for all frames with that fault.
        detail: what was found and what was expected.

    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f'{kind}: {detail}')
        self.kind = kind


def check_size(width: int, height: int) -> None:
    """Refuse sizes that no camera has, before memory is taken for them.

    Raises:
        FrameRefused: of the kind ``bad size``.

    """
    if not 0 < height <= MAX_SIDE or not 0 < width <= MAX_SIDE:
        raise FrameRefused('bad size', f'{width}x{height}; each side must be 1..{MAX_SIDE}')
