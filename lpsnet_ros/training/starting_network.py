"""What a run starts from: a new network of any architecture, or trained weights, grown or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.network import (
    SCALES,
    Architecture,
    LPSNet,
    NetworkInfo,
    load_checkpoint,
)
from lpsnet_ros.network.checkpoint import SUFFIX
from lpsnet_ros.network.header import read_header
from lpsnet_ros.network.info import joined
from lpsnet_ros.training.datasets import LabelledFrames
from lpsnet_ros.training.heads import Heads, fit_head, refine_head
from lpsnet_ros.training.inherit import inherit
from lpsnet_ros.training.inputs import normalise
from lpsnet_ros.training.samples import EvaluationSamples
from lpsnet_ros.training.unfold import unfolded

# A first estimate of the statistics: each batch of training moves them on.
STATISTICS_FRAMES = 32


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


def find_weights(model: str) -> Path:
    """Resolve what to start from: any file by its path, official ones too, or a checkpoint's name.

    Raises:
        FileNotFoundError: there is no such file or checkpoint.
        ValueError: the path is that of another file.

    """
    path = Path(model).expanduser()
    return path if path.suffix and path.is_file() else find_checkpoint(model)


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
    output_stride: int | None = None,
    *,
    seed: int = 0,
) -> tuple[LPSNet, Heads]:
    """Load weights to go on from, with outputs for the classes of some frames.

    Args:
        frames: what the network is to learn.
        path: a checkpoint of ours or an official ``*.pth``, folded (see ``unfolded``) or not.
        architecture: of an official file, which does not tell it; or what a checkpoint of ours
            grows to (see ``inherit``). None keeps the checkpoint's.
        aligned: go on so; None leaves it as the weights were trained (see ``Architecture``).
        output_stride: of the logits from now on (see ``refine_head``); None leaves it.
        seed: of the weights that a network grows.

    Returns:
        The network, and which of its outputs were known (see ``fit_head``).

    Raises:
        ValueError: the weights can't grow to that architecture or output stride, or an official
            file comes without an architecture.
        CheckpointError: the file is damaged or foreign.
        DatasetError: a frame can't be read.

    """
    untold = {} if path.suffix == SUFFIX else _dimensions(architecture)
    network = load_checkpoint(path, **untold)
    if aligned is not None:
        network.architecture = replace(network.architecture, aligned=aligned)
    if network.is_folded:
        network = unfolded(network, _pictures(frames, network.required_info))
    if architecture not in (None, network.architecture):
        network = inherit(network, architecture, seed=seed)
    if output_stride is not None:
        refine_head(network, output_stride)
    heads = fit_head(network, frames.classes)
    network.info = _info_after(frames, network.info)
    return network, heads


def _pictures(frames: LabelledFrames, info: NetworkInfo) -> Iterator[Tensor]:
    """Yield some frames, spread over all of them, as the network takes them."""
    samples = EvaluationSamples(frames)
    for index in range(0, len(frames), -(-len(frames) // STATISTICS_FRAMES)):
        image, _ = samples[index]
        yield normalise(image[None], info)


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
        dataset=joined(before.dataset, frames.name),
        licence=joined(before.licence, frames.licence),
        metrics={},
    )
