"""A fixed input and the class ids that torch finds in it, to tell whether an engine works."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

# Networks see the most classes in blobs as large and pale as the things in photos: the shipped
# ones at least four, and in blobs half as wide, of full contrast, some of them only one.
BLOBS = (4, 5)
CONTRAST = 0.7
NEEDED_AGREEMENT = 0.98
"""Half precision flips a few nearly undecided pixels; a broken engine agrees on far fewer."""

Network = Callable[..., Tensor]


def probe_inputs(sizes: Sequence[tuple[int, int]]) -> list[Tensor]:
    """Return float32 (1,3,h,w) inputs of those sizes: the same soft blobs each, always."""
    noise = np.random.default_rng(0).standard_normal((1, 3, *BLOBS)).astype(np.float32)
    blobs = CONTRAST * torch.from_numpy(noise)
    return [F.interpolate(blobs, s, mode='bilinear', align_corners=True) for s in sizes]


@torch.inference_mode()
def class_ids(network: Network, inputs: Sequence[Tensor]) -> Tensor:
    """Return the best class, uint8 (h,w) on the CPU, of each pixel of a network's logits."""
    return network(*inputs)[0].float().argmax(dim=0).to(torch.uint8).cpu()


def agreement(ids: Tensor, expected: Tensor) -> float:
    """Return the share of equal class ids; 0 where the shapes differ."""
    return (ids == expected).float().mean().item() if ids.shape == expected.shape else 0.0


def pack(ids: Tensor) -> dict[str, object]:
    """Make class ids fit for JSON."""
    packed = base64.b64encode(zlib.compress(ids.numpy().tobytes())).decode()
    return {'shape': list(ids.shape), 'ids': packed}


def unpack(packed: dict[str, object]) -> Tensor:
    """Undo ``pack``.

    Raises:
        KeyError, TypeError, ValueError, zlib.error: this is not what ``pack`` gave.

    """
    values = zlib.decompress(base64.b64decode(packed['ids']))
    return torch.from_numpy(np.frombuffer(values, np.uint8).reshape(packed['shape']).copy())
