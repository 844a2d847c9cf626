"""Another last convolution for trained features: for other classes, or for finer logits."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from lpsnet_ros.network import ClassTable, LPSNet
from lpsnet_ros.network.architecture import PATH_STRIDE
from lpsnet_ros.network.head import Head


class Heads(NamedTuple):
    """Names of the classes whose output was known, and of those that begin at random."""

    kept: list[str]
    new: list[str]


@torch.no_grad()
def fit_head(network: LPSNet, classes: ClassTable) -> Heads:
    """Give a network the outputs of another class list; a class that it knows keeps its weights.

    Names are compared without regard to case. The ``info`` still names the old classes.
    """
    known = {name.casefold(): row for row, name in enumerate(network.info.classes.names)}
    old = network.head
    new = Head.of(network.architecture, len(classes)).to(old.weight)
    heads = Heads([], [])
    for row, name in enumerate(classes.names):
        old_row = known.get(name.casefold())
        if old_row is None:
            heads.new.append(name)
            continue
        heads.kept.append(name)
        for ours, theirs in ((new.weight, old.weight), (new.bias, old.bias)):
            new.by_class(ours)[row] = old.by_class(theirs)[old_row]
    network.head = new
    network.num_classes = len(classes)
    return heads


@torch.no_grad()
def refine_head(network: LPSNet, output_stride: int) -> None:
    """Give a network finer logits, which begin as the bilinear interpolation of those it had.

    Raises:
        ValueError: it has a finer head already, of another output stride.

    """
    architecture = network.architecture
    if architecture.output_stride == output_stride:
        return
    if architecture.output_stride != PATH_STRIDE:
        raise ValueError(
            f'the network has an output stride of {architecture.output_stride} already: only one '
            f'of {PATH_STRIDE} can be refined, so start from such weights, or leave it'
        )
    network.architecture = replace(architecture, output_stride=output_stride)
    coarse = network.head
    fine = Head.of(network.architecture, network.num_classes).to(coarse.weight)
    shares = _bilinear_shares(fine.points).to(coarse.weight)
    weights = torch.einsum('ciab,pyx->cpiyx', coarse.weight, shares)
    fine.by_class(fine.weight).copy_(weights)
    fine.by_class(fine.bias).copy_(coarse.bias[:, None])
    network.head = fine


def _bilinear_shares(points: int) -> Tensor:
    """Return what each point of a feature takes of the 3x3 features around: (points**2,3,3)."""
    offsets = torch.arange(points) / points
    along = torch.stack([torch.zeros(points), 1 - offsets, offsets], dim=1)
    return torch.einsum('ay,bx->abyx', along, along).flatten(0, 1)
