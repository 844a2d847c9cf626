"""What a run starts from: a new network of any architecture, or trained weights, grown or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.network import (
    SCALES,
    Architecture,
    ClassTable,
    LPSNet,
    NetworkInfo,
    load_checkpoint,
)
from lpsnet_ros.network.checkpoint import SUFFIX
from lpsnet_ros.network.header import read_header
from lpsnet_ros.training.datasets import LabelledFrames
from lpsnet_ros.training.inherit import inherit


class Heads(NamedTuple):
    """Names of the classes whose output was known, and of those that begin at random."""

    kept: list[str]
    new: list[str]


def find_architecture(
    model: str | None = None,
    depth: Sequence[int] | None = None,
    width: Sequence[int] | None = None,
    resolution: Sequence[float] | None = None,
) -> Architecture | None:
    """Return the architecture that a user named or spelt out; None where nothing is given.

    Args:
        model: a scale, or a checkpoint (name or path) of that architecture; or
        depth, width, resolution: the three dimensions.

    Raises:
        ValueError: there is no such model, or the dimensions are malformed or not all given.

    """
    dimensions = (depth, width, resolution)
    if not any(dimensions):
        return None if model is None else _architecture_of(model)
    if model is not None or not all(dimensions):
        raise ValueError(
            'depth, width and resolution describe a network together: '
            'give all three of them and no scale'
        )
    return Architecture(*dimensions)


def new_network(
    frames: LabelledFrames, architecture: Architecture, *, identity: bool = True
) -> LPSNet:
    """Build a network with random weights for the classes of some frames."""
    network = LPSNet.from_architecture(
        architecture, num_classes=len(frames.classes), identity=identity
    )
    network.info = _info_after(frames, NetworkInfo(frames.classes))
    return network


def trained_network(
    frames: LabelledFrames,
    path: Path,
    architecture: Architecture | None = None,
    aligned: bool | None = None,
    *,
    seed: int = 0,
) -> tuple[LPSNet, Heads]:
    """Load weights to go on from, with outputs for the classes of some frames.

    Args:
        frames: what the network is to learn.
        path: a checkpoint of ours in training form, or an official ``*.pth``.
        architecture: of an official file, which does not tell it; or what a checkpoint of ours
            grows to (see ``inherit``). None keeps the checkpoint's.
        aligned: go on so; None leaves it as the weights were trained (see ``Architecture``).
        seed: of the weights that a network grows.

    Returns:
        The network, and which of its outputs were known (see ``fit_head``).

    Raises:
        ValueError: the weights are folded, they can't grow to that architecture, or an official
            file comes without one.
        CheckpointError: the file is damaged or foreign.

    """
    untold = {} if path.suffix == SUFFIX else _dimensions(architecture)
    network = load_checkpoint(path, **untold)
    if network.is_folded:
        raise ValueError(
            f'{path} is folded, it has no batch normalisation left to train: '
            'give the network.safetensors of its run'
        )
    if architecture not in (None, network.architecture):
        network = inherit(network, architecture, seed=seed)
    if aligned is not None:
        network.architecture = replace(network.architecture, aligned=aligned)
    heads = fit_head(network, frames.classes)
    network.info = _info_after(frames, network.info)
    return network, heads


@torch.no_grad()
def fit_head(network: LPSNet, classes: ClassTable) -> Heads:
    """Give a network the outputs of another class list; a class that it knows keeps its weights.

    Names are compared without regard to case. The ``info`` still names the old classes.
    """
    known = {name.casefold(): row for row, name in enumerate(network.info.classes.names)}
    old = network.head
    network.head = nn.Conv2d(old.in_channels, len(classes), 1)
    network.num_classes = len(classes)
    heads = Heads([], [])
    for row, name in enumerate(classes.names):
        old_row = known.get(name.casefold())
        if old_row is None:
            heads.new.append(name)
            continue
        heads.kept.append(name)
        network.head.weight[row] = old.weight[old_row]
        network.head.bias[row] = old.bias[old_row]
    return heads


def _dimensions(architecture: Architecture | None) -> dict[str, Any]:
    if architecture is None:
        return {}
    return {name: getattr(architecture, name) for name in ('depth', 'width', 'resolution')}


def _architecture_of(model: str) -> Architecture:
    if model.lower() in SCALES:
        return SCALES[model.lower()]
    try:
        path = find_checkpoint(model)
    except FileNotFoundError as error:
        raise ValueError(
            f'{model!r} is neither a scale ({", ".join(SCALES)}) nor a checkpoint: {error}'
        ) from error
    return read_header(path).architecture


def _info_after(frames: LabelledFrames, before: NetworkInfo) -> NetworkInfo:
    """Describe a network that is trained on these frames after what it was trained on before."""
    return replace(
        before,
        classes=frames.classes,
        training_size=frames.network_input_size,
        dataset=_joined(before.dataset, frames.name),
        licence=_joined(before.licence, frames.licence),
        metrics={},
    )


def _joined(before: str, now: str) -> str:
    # Weights owe something to all that they have seen: no licence is lost on the way. One that
    # holds "; " itself is still found whole.
    known = f'; {now}; ' in f'; {before}; '
    return '; '.join(filter(None, [before, '' if known else now]))
