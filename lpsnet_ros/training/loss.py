"""The training loss."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.network.model import resize
from lpsnet_ros.training.datasets import LabelledFrames


def class_weights(frames: LabelledFrames) -> Tensor:
    """Weigh rare classes up: float (C,), 1 / log(1.1 + pixel share) (ENet, arXiv 1606.02147)."""
    counts = torch.zeros(len(frames.classes))
    for index in range(len(frames)):
        label = torch.from_numpy(frames.label(index)).flatten()
        counts += torch.bincount(label[label != UNLABELED], minlength=len(counts))
    return 1 / torch.log(1.1 + counts / counts.sum())


def segmentation_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Weighted cross-entropy of logits (N,C,h,w), resized to the int64 labels (N,H,W)."""
    scores = resize(logits, labels.shape[-2:])
    return F.cross_entropy(scores, labels, weights, ignore_index=UNLABELED)
