"""The training losses."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.network.model import resize
from lpsnet_ros.training.recipe import Objective


def class_weights(pixels: NDArray) -> Tensor:
    """Weigh rare classes up: float (C,), 1 / log(1.1 + pixel share) (ENet, arXiv 1606.02147).

    Args:
        pixels: integer (F,C), each frame's labelled pixels of each class.

    """
    counts = torch.from_numpy(pixels.sum(axis=0)).float()
    return 1 / torch.log(1.1 + counts / counts.sum())


def segmentation_loss(
    logits: Tensor, labels: Tensor, weights: Tensor, objective: Objective
) -> Tensor:
    """Loss of logits (N,C,h,w), resized to the int64 labels (N,H,W).

    Weighted cross-entropy over all pixels or the hardest, and ``objective.jaccard`` times
    ``jaccard_loss`` over all. Void pixels do not count; a batch of nothing else has loss 0. In
    float32 also where the network computes in less.
    """
    scores = resize(logits.float(), labels.shape[-2:])
    loss = _cross_entropy(scores, labels, weights, objective)
    if objective.jaccard:
        loss = loss + objective.jaccard * jaccard_loss(scores, labels)
    return loss


def _cross_entropy(
    scores: Tensor, labels: Tensor, weights: Tensor, objective: Objective
) -> Tensor:
    if objective.loss == 'ohem':
        labels = hardest(scores, labels, objective.ohem_threshold, objective.ohem_min_kept)
    total = F.cross_entropy(scores, labels, weights, ignore_index=UNLABELED, reduction='sum')
    counts = torch.bincount(labels.flatten(), minlength=UNLABELED + 1)[: len(weights)]
    return total / (counts * weights).sum().clamp(min=weights.min())


def jaccard_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """1 - the mean IoU of probabilities, over the classes that the batch's labels show.

    Each class counts the same however few its pixels are, and calling other pixels by its name
    costs as much as missing it: what mIoU wants, and class weights do not. The soft IoU of
    Rahman and Wang (ISVC 2016), over batch and present classes as in arXiv 2302.05666.

    Args:
        scores: float (N,C,H,W), before softmax.
        labels: int64 (N,H,W).

    """
    classes = torch.arange(scores.shape[1], device=labels.device)
    truth = labels[:, None] == classes[:, None, None]
    known = (labels != UNLABELED)[:, None]
    probabilities = scores.softmax(dim=1) * known
    pixels = truth.sum(dim=(0, 2, 3))
    overlap = (probabilities * truth).sum(dim=(0, 2, 3))
    union = probabilities.sum(dim=(0, 2, 3)) + pixels - overlap
    present = pixels > 0
    missed = (1 - overlap / union.clamp(min=1e-6)) * present
    return missed.sum() / present.sum().clamp(min=1)


@torch.no_grad()
def hardest(scores: Tensor, labels: Tensor, threshold: float, min_kept: int) -> Tensor:
    """Return the labels with easy pixels void: online hard example mining as in PaddleSeg.

    Args:
        scores: float (N,C,H,W).
        labels: int64 (N,H,W).
        threshold: a pixel is hard while its own class's probability is at most this.
        min_kept: where fewer are hard, that many of the hardest stay.

    """
    # Void has no loss, hence probability 1: the easiest.
    own = torch.exp(-F.cross_entropy(scores, labels, ignore_index=UNLABELED, reduction='none'))
    kth = torch.kthvalue(own.flatten(), min(min_kept, own.numel())).values
    return torch.where(own <= kth.clamp(min=threshold), labels, UNLABELED)


def distillation_loss(logits: Tensor, teacher_logits: Tensor, temperature: float) -> Tensor:
    """Kullback-Leibler divergence from a teacher's classes (Hinton et al., arXiv 1503.02531).

    Args:
        logits: float (N,C,h,w).
        teacher_logits: float (N,C,H,W) of any size; resized to the student's.
        temperature: divides both; the loss is multiplied by its square, which keeps the size
            of the gradient.

    Returns:
        The mean over all pixels, labelled or not.

    """
    target = resize(teacher_logits.float(), logits.shape[-2:]) / temperature
    divergence = F.kl_div(
        F.log_softmax(logits.float() / temperature, dim=1),
        F.log_softmax(target, dim=1),
        reduction='none',
        log_target=True,
    )
    return divergence.sum(dim=1).mean() * temperature**2
