"""Scoring an engine on labelled frames: what a user of the node would get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from tqdm import tqdm

from lpsnet_ros.engine import Engine
from lpsnet_ros.network import LPSNet
from lpsnet_ros.training.datasets import DatasetError, LabelledFrames
from lpsnet_ros.training.metrics import IntersectionOverUnion, mean_iou


@dataclass(frozen=True)
class Score:
    """Intersection over union on a set of frames.

    Args:
        frames: how many.
        miou: mean over the classes that occur, 0..1.
        per_class: class name -> IoU, 0..1; NaN for a class that does not occur.

    """

    frames: int
    miou: float
    per_class: Mapping[str, float]


def evaluate(
    network: LPSNet,
    frames: LabelledFrames,
    resolution: float | None = None,
    progress: Callable = tqdm,
) -> Score:
    """Segment every frame with the engine and count against the labels, at the labels' size.

    Raises:
        DatasetError: the labels use other classes than the network, or differ in size from
            their frames.

    """
    if network.info.classes.names != frames.classes.names:
        raise DatasetError(
            f'the network knows {", ".join(network.info.classes.names)}; '
            f'{frames.name} is labelled with {", ".join(frames.classes.names)}'
        )
    iou = IntersectionOverUnion(len(frames.classes))
    engines: dict[tuple[int, int], Engine] = {}
    for index in progress(range(len(frames)), desc='evaluate', unit='frame'):
        frame, label = frames.frame(index)
        size = frame.shape[:2]
        if size not in engines:
            engines[size] = Engine(network, size, resolution=resolution)
        mask = engines[size](frame)
        iou.update(torch.from_numpy(mask).long(), torch.from_numpy(label).long())
    per_class = iou.compute()
    named = dict(zip(frames.classes.names, per_class.tolist()))
    return Score(len(frames), mean_iou(per_class), named)
