"""What is measured: the network of a name, and the masks that all others are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from lpsnet_ros.engine import ImageToMask
from lpsnet_ros.engine.backends.base import Frame, Mask
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


def reference_masks(network: LPSNet, size: tuple[int, int], frames: Sequence[Frame]) -> list[Mask]:
    """Return the masks that all others are compared with: plain torch, fp32, on the CPU.

    Args:
        network: with its ``info``.
        size: (height, width) of the picture that the network sees.
        frames: uint8 (H,W,3) BGR.

    """
    reference = ImageToMask(network, size)
    with torch.inference_mode():
        return [reference(torch.from_numpy(frame)).numpy() for frame in frames]
