"""Checkpoints: safetensors whose metadata holds everything that inference needs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from lpsnet_ros.network.architecture import Architecture
from lpsnet_ros.network.architecture import scale as named_scale
from lpsnet_ros.network.classes import ClassTable
from lpsnet_ros.network.durable import replace_durably
from lpsnet_ros.network.header import (
    DAMAGE,
    DESCRIPTION_KEY,
    FORMAT,
    CheckpointError,
    Header,
    PathLike,
    damaged,
    read_description,
    read_header,
)
from lpsnet_ros.network.info import NetworkInfo
from lpsnet_ros.network.model import LPSNet
from lpsnet_ros.network.official import from_official_names, read_official

SUFFIX = '.safetensors'
OFFICIAL_TRAINING_SIZE = (1024, 2048)


def save_checkpoint(network: LPSNet, path: PathLike, dtype: torch.dtype = torch.float32) -> Path:
    """Write weights and metadata; replaces an existing file in one step.

    Args:
        network: must carry ``info``.
        path: ends in ``.safetensors``.
        dtype: floating-point type of the stored tensors.

    Raises:
        ValueError: the network has no ``info``, or the path another suffix.

    """
    path = Path(path)
    if path.suffix != SUFFIX:
        raise ValueError(f'{path}: a checkpoint is written as *{SUFFIX}')
    if network.info is None:
        raise ValueError('the network has no info: set network.info = NetworkInfo(...) first')
    _check_class_count(network, path)
    tensors = {
        name: (t.to(dtype) if t.is_floating_point() else t).contiguous()
        for name, t in network.state_dict().items()
    }
    description = {
        'architecture': asdict(network.architecture),
        'num_classes': network.num_classes,
        'folded': network.is_folded,
        'identity': network.identity,
        'info': network.info.to_dict(),
    }
    _write(path, tensors, description)
    return path


def update_info(path: PathLike, info: NetworkInfo) -> None:
    """Replace the ``info`` of a checkpoint of ours and leave its tensors as they are.

    Raises:
        CheckpointError: the file is damaged or not a checkpoint of ours.

    """
    path = Path(path)
    description = {**read_description(path), 'info': info.to_dict()}
    _write(path, load_file(path), description)


def _write(path: Path, tensors: Mapping[str, Tensor], description: Mapping[str, Any]) -> None:
    temporary = path.with_name(f'.{path.name}.{os.getpid()}')
    # Not save_file: it makes files that nobody else may read.
    metadata = {'format': FORMAT, DESCRIPTION_KEY: json.dumps(description)}
    try:
        temporary.write_bytes(save(dict(tensors), metadata))
        replace_durably(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def load_checkpoint(
    path: PathLike,
    *,
    scale: str | None = None,
    depth: Sequence[int] | None = None,
    width: Sequence[int] | None = None,
    resolution: Sequence[float] | None = None,
    num_classes: int | None = None,
    info: NetworkInfo | None = None,
) -> LPSNet:
    """Read a checkpoint of ours, or an official state dict (``*.pth``), without running its code.

    Args:
        path: a ``*.safetensors`` file of ours, which needs no further argument, or an official
            ``*.pth``, which tells nothing of itself.
        scale: an official file's named scale; or
        depth, width, resolution: its three dimensions.
        num_classes: an official file's number of classes, 19 where not given.
        info: an official file's classes and normalisation; by default Cityscapes' classes for
            19, ImageNet's mean and standard deviation.

    Returns:
        The network in eval mode with float32 weights and its ``info``.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: the file is damaged, foreign or does not fit; says which tensor and why.

    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'no checkpoint at {path}')
    dimensions = (depth, width, resolution)
    if path.suffix == SUFFIX:
        if any(given is not None for given in (scale, num_classes, info, *dimensions)):
            raise ValueError(f'{path.name} describes itself: give its path alone')
        return _load_own(path)
    if scale is not None and any(dimensions):
        raise ValueError('give scale=, or depth=, width= and resolution=, not both')
    if scale is not None:
        architecture = named_scale(scale)
    elif all(dimensions):
        architecture = Architecture(*(tuple(d) for d in dimensions))
    else:
        raise ValueError(
            f'{path.name} does not tell its architecture: '
            'give scale=, or depth=, width= and resolution='
        )
    return _load_official(path, architecture, 19 if num_classes is None else num_classes, info)


def _load_own(path: Path) -> LPSNet:
    header = read_header(path)
    with safe_open(path, framework='pt') as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    try:
        network = _described(header, len(tensors))
    except DAMAGE as error:
        raise damaged(path, error) from error
    return _filled(network, tensors, path, 'fetch or export it again')


def _described(header: Header, num_tensors: int) -> LPSNet:
    blocks = sum(header.architecture.depth) * header.architecture.num_paths
    if blocks > num_tensors:  # Found out by building them this could take for ever.
        raise ValueError(f'{blocks} blocks, but {num_tensors} tensors')
    network = _without_weights(
        header.architecture,
        num_classes=header.num_classes,
        folded=header.folded,
        identity=header.identity,
    )
    network.info = header.info
    return network


def _without_weights(architecture: Architecture, **options: object) -> LPSNet:
    with torch.device('meta'):
        return LPSNet.from_architecture(architecture, **options)


def _load_official(
    path: Path, architecture: Architecture, num_classes: int, info: NetworkInfo | None
) -> LPSNet:
    try:
        tensors = from_official_names(read_official(path))
    except ValueError as error:
        raise CheckpointError(f'{path}: {str(error).removeprefix(f"{path}: ")}') from error
    folded = not any('.norm.' in name for name in tensors)
    network = _without_weights(architecture, num_classes=num_classes, folded=folded)
    network.info = info or NetworkInfo(
        ClassTable.for_count(num_classes), training_size=OFFICIAL_TRAINING_SIZE
    )
    advice = 'give the scale and class count that it was trained with'
    return _filled(network, tensors, path, advice)


def _filled(network: LPSNet, tensors: Mapping[str, Tensor], path: Path, advice: str) -> LPSNet:
    expected = network.state_dict()
    problems = [f'{name} is missing' for name in expected if name not in tensors]
    problems += [f'{name} is not part of it' for name in tensors if name not in expected]
    problems += [
        f'{name} has shape {tuple(tensors[name].shape)}, expected {tuple(expected[name].shape)}'
        for name in expected
        if name in tensors and tensors[name].shape != expected[name].shape
    ]
    if problems:
        shown = '; '.join(problems[:3])
        more = f' (and {len(problems) - 3} more)' if len(problems) > 3 else ''
        raise CheckpointError(
            f'{path}: does not fit {network.architecture.name} with {network.num_classes} '
            f'classes: {shown}{more}: {advice}'
        )
    _check_class_count(network, path)
    broken = [name for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if broken:
        raise CheckpointError(
            f'{path}: {", ".join(broken[:3])} holds values that are not finite, as after a '
            'training that diverged: train it again at a lower --learning-rate'
        )
    # Copied, for a tensor of a file is a view of that file.
    own = {name: tensor.to(expected[name].dtype, copy=True) for name, tensor in tensors.items()}
    network.load_state_dict(own, assign=True)
    return network.eval()


def _check_class_count(network: LPSNet, path: Path) -> None:
    named = len(network.info.classes)
    if named != network.num_classes:
        raise CheckpointError(
            f'{path}: {named} class names for {network.num_classes} outputs: give one each'
        )
