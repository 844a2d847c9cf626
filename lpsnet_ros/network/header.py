"""What a checkpoint of ours says of itself, read without its tensors."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from safetensors import SafetensorError, safe_open

from lpsnet_ros.network.architecture import Architecture
from lpsnet_ros.network.info import NetworkInfo

FORMAT = 'lpsnet_ros/1'
DESCRIPTION_KEY = 'lpsnet'
# What reading values of other types, lengths and sizes than we write ends in; a RecursionError,
# from JSON nested too deeply, is a RuntimeError.
DAMAGE = (KeyError, TypeError, ValueError, OverflowError, RuntimeError)
PathLike = str | os.PathLike


class CheckpointError(ValueError):
    """A file is no checkpoint of ours, or does not fit the network; says what and the fix."""


class Header(NamedTuple):
    """A network as its checkpoint describes it.

    Args:
        architecture: its three dimensions.
        num_classes: of its outputs.
        folded: whether it is the deployed form.
        identity: whether it is trained with identity branches.
        info: what travels with the weights.

    """

    architecture: Architecture
    num_classes: int
    folded: bool
    identity: bool
    info: NetworkInfo


def read_header(path: PathLike) -> Header:
    """Return what a checkpoint says of its network.

    Raises:
        OSError: it can't be read.
        CheckpointError: the file is damaged or not a checkpoint of ours.

    """
    description = read_description(path)
    try:
        return Header(
            Architecture(**description['architecture']),
            int(description['num_classes']),
            bool(description['folded']),
            bool(description['identity']),
            NetworkInfo.from_dict(description['info']),
        )
    except DAMAGE as error:
        raise damaged(path, error) from error


def read_description(path: PathLike) -> dict[str, Any]:
    """Return a checkpoint's metadata as they are written.

    Raises:
        OSError: it can't be read.
        CheckpointError: the file is damaged or not a checkpoint of ours.

    """
    try:
        with safe_open(path, framework='pt') as file:
            metadata = file.metadata() or {}
    except SafetensorError as error:
        raise CheckpointError(
            f'{path}: not a readable safetensors file ({error}); fetch or export it again'
        ) from error
    if metadata.get('format') != FORMAT:
        raise CheckpointError(
            f'{path}: a safetensors file, but not a checkpoint of this package '
            f'(format {metadata.get("format")!r}, expected {FORMAT!r}); '
            'write checkpoints with save_checkpoint()'
        )
    try:
        return json.loads(metadata[DESCRIPTION_KEY])
    except DAMAGE as error:
        raise damaged(path, error) from error


def damaged(path: PathLike, error: Exception) -> CheckpointError:
    """Say of a checkpoint that its metadata make no network."""
    return CheckpointError(f'{path}: its metadata is damaged: {error!r}; fetch or export it again')
