"""Reading the official release's weights (YihengZhang-CV/LPS-Net: a plain state dict)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import PathLike

import torch
from torch import Tensor

_PATH_INDEX = {'net': 0, 'netH': 0, 'netL': 1, 'net1': 0, 'net2': 1, 'net3': 2}
_PATH_TENSOR = re.compile(
    r'(?P<path>net[HL123]?)\.stages\.(?P<stage>\d+)\.(?P<block>\d+)\.(?P<layer>[01])\.(?P<rest>\w+)'
)
_LAYER_NAME = {'0': 'conv', '1': 'norm'}


def read_official(path: str | PathLike) -> dict[str, Tensor]:
    """Read a state dict written by ``torch.save``, refusing anything that would run code.

    Raises:
        ValueError: the file is damaged, holds more than tensors, or no state dict.

    """
    try:
        tensors = torch.load(path, map_location='cpu', weights_only=True)
    except Exception as error:  # On foreign or truncated files torch.load raises nearly anything.
        raise ValueError(
            f'{path}: damaged, or holds more than the tensors of a state dict; nothing else is '
            f'read, because it could run code ({type(error).__name__})'
        ) from error
    if not isinstance(tensors, dict) or not all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in tensors.items()
    ):
        raise ValueError(f'{path}: expected a state dict (name -> tensor) and nothing else')
    return tensors


def from_official_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the official names to ours: ``netH.stages.0.0.0.weight`` and the like.

    Works for the deployed form (convolutions with bias) and the training form (convolution
    without bias, batch normalisation), with one, two or three paths.

    Raises:
        ValueError: a name is none of the official code's.

    """
    return {_own_name(name): tensor for name, tensor in tensors.items()}


def _own_name(name: str) -> str:
    name = name.removeprefix('module.')
    if name in ('head.weight', 'head.bias'):
        return name
    match = _PATH_TENSOR.fullmatch(name)
    if match is None:
        raise ValueError(
            f'tensor {name!r} is not named as in the official LPS-Net: '
            'expected netH.stages.0.0.0.weight, head.weight and so on'
        )
    path, layer = _PATH_INDEX[match['path']], _LAYER_NAME[match['layer']]
    return f'paths.{path}.stages.{match["stage"]}.{match["block"]}.{layer}.{match["rest"]}'
