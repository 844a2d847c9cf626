"""What is measured: the network of a name, and what all masks are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from lpsnet_ros.engine import ImageToMask
from lpsnet_ros.engine.backends.base import Confidence, Frame, Mask
from lpsnet_ros.engine.confidence import confidence
from lpsnet_ros.engine.upsample_argmax import upsample_argmax
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.network import SCALES, ClassTable, LPSNet, NetworkInfo, load_checkpoint


def load_network(model: str, models_dir: Path | None = None) -> tuple[str, LPSNet]:
    """Load a scale, a checkpoint's name or path; a scale without weights gets random ones.

    Returns:
        What to call it, which says so where the weights are random, and the network.

    Raises:
        FileNotFoundError: there is no such checkpoint or scale.
        ValueError: the checkpoint is damaged.

    """
    try:
        path = find_checkpoint(model, models_dir)
    except FileNotFoundError:
        if model.lower() not in SCALES:
            raise
        torch.manual_seed(0)
        network = LPSNet.from_scale(model).eval()
        network.info = NetworkInfo(ClassTable.for_count(network.num_classes))
        return f'{model.lower()} (random weights)', network
    return path.stem, load_checkpoint(path)


class Reference(NamedTuple):
    """What plain torch in fp32 makes of a frame on the CPU.

    Args:
        mask: uint8 (H,W) class ids.
        confidence: uint8 (H,W), 0..255 for the probability of each pixel's class.

    """

    mask: Mask
    confidence: Confidence


@torch.inference_mode()
def references(network: LPSNet, size: tuple[int, int], frames: Sequence[Frame]) -> list[Reference]:
    """Return what the masks of all back ends and peers are compared with.

    Args:
        network: with its ``info``.
        size: (height, width) of the picture that the network sees.
        frames: uint8 (H,W,3) BGR.

    """
    plain = ImageToMask(network, size)

    def reference(frame: Frame) -> Reference:
        logits, whole = plain.logits(torch.from_numpy(frame))[0], frame.shape[:2]
        return Reference(
            upsample_argmax(logits, whole, whole).numpy(), confidence(logits, whole, whole).numpy()
        )

    return [reference(frame) for frame in frames]
