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
    with torch.autocast(logits.device.type, enabled=False):
        # A softmax over the channels of channels-last scores is slow: contiguous while small.
        scores = resize(logits.float().contiguous(), labels.shape[-2:])
        log_probabilities = F.log_softmax(scores, dim=1)
        loss = _cross_entropy(log_probabilities, labels, weights, objective)
        if objective.jaccard:
            loss = loss + objective.jaccard * jaccard_loss(log_probabilities, labels)
    return loss


def _cross_entropy(
    log_probabilities: Tensor, labels: Tensor, weights: Tensor, objective: Objective
) -> Tensor:
    if objective.loss == 'ohem':
        threshold, kept = objective.ohem_threshold, objective.ohem_min_kept
        labels = hardest(log_probabilities, labels, threshold, kept)
    total = F.nll_loss(log_probabilities, labels, weights, ignore_index=UNLABELED, reduction='sum')
    return total / (_counts(labels, len(weights)) * weights).sum().clamp(min=weights.min())


def _counts(labels: Tensor, classes: int) -> Tensor:
    """Count the pixels of each class in int64 labels (N,H,W): int64 (C,)."""
    return torch.bincount(labels.flatten(), minlength=UNLABELED + 1)[:classes]


def jaccard_loss(log_probabilities: Tensor, labels: Tensor) -> Tensor:
    """1 - the mean IoU of probabilities, over the classes that the batch's labels show.

    Each class counts the same however few its pixels are, and calling other pixels by its name
    costs as much as missing it: what mIoU wants, and class weights do not. The soft IoU of
    Rahman and Wang (ISVC 2016), over batch and present classes as in arXiv 2302.05666.

    Args:
        log_probabilities: float (N,C,H,W).
        labels: int64 (N,H,W).

    """
    classes = log_probabilities.shape[1]
    known = labels != UNLABELED
    named = labels.where(known, 0)
    probabilities = log_probabilities.exp()
    own = probabilities.gather(1, named[:, None])[:, 0] * known
    overlap = own.new_zeros(classes).index_add(0, named.flatten(), own.flatten())
    # Picture by picture: einsum over the pictures too would copy all probabilities.
    claimed = torch.einsum('nchw,nhw->nc', probabilities, known.to(probabilities)).sum(dim=0)
    pixels = _counts(labels, classes)
    missed = 1 - overlap / (claimed + pixels - overlap).clamp(min=1e-6)
    present = pixels > 0
    return (missed * present).sum() / present.sum().clamp(min=1)


@torch.no_grad()
def hardest(log_probabilities: Tensor, labels: Tensor, threshold: float, min_kept: int) -> Tensor:
    """Return the labels with easy pixels void: online hard example mining as in PaddleSeg.

    Args:
        log_probabilities: float (N,C,H,W).
        labels: int64 (N,H,W).
        threshold: a pixel is hard while its own class's probability is at most this.
        min_kept: where fewer are hard, that many of the hardest stay.

    """
    # Void has no loss, hence probability 1: the easiest.
    loss = F.nll_loss(log_probabilities, labels, ignore_index=UNLABELED, reduction='none')
    own = torch.exp(-loss)
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
