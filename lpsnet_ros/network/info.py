"""What travels with a network's weights: all that inference needs besides the tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from lpsnet_ros.network.classes import ClassTable

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class NetworkInfo:
    """How a network was trained and what its outputs mean.

    Args:
        classes: names and colours of the class ids.
        mean, std: normalisation of RGB values in 0..1.
        training_size: (height, width) of the full frames that it was trained on; a frame is
            brought to about this size where nothing else is asked for.
        dataset: what it was trained on.
        metrics: name -> value, measured as the model card says.
        licence: licence of the weights (the training data may restrict it).

    Raises:
        TypeError, ValueError: the normalisation or the size is malformed.

    """

    classes: ClassTable
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    training_size: tuple[int, int] | None = None
    dataset: str = ''
    metrics: Mapping[str, float] = field(default_factory=dict)
    licence: str = ''

    def __post_init__(self) -> None:
        object.__setattr__(self, 'mean', _three_numbers('mean', self.mean))
        object.__setattr__(self, 'std', _three_numbers('std', self.std))
        if min(self.std) <= 0:
            raise ValueError(f'std must be above 0, got {self.std}')
        if self.training_size is not None:
            object.__setattr__(self, 'training_size', _size(self.training_size))

    def pixel_statistics(self, device: torch.device | None = None) -> tuple[Tensor, Tensor]:
        """Return mean and std of RGB pixels in 0..255, float32 (3,) each."""
        mean, std = (
            torch.tensor(values, dtype=torch.float32, device=device) * 255
            for values in (self.mean, self.std)
        )
        return mean, std

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, strings and numbers, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> NetworkInfo:
        """Read what ``to_dict`` wrote.

        Raises:
            KeyError, TypeError, ValueError: the values are not of that form.

        """
        size = values['training_size']
        return cls(
            classes=ClassTable(**values['classes']),
            mean=tuple(values['mean']),
            std=tuple(values['std']),
            training_size=tuple(size) if size else None,
            dataset=values['dataset'],
            metrics=dict(values['metrics']),
            licence=values['licence'],
        )


def joined(before: str, now: str) -> str:
    """Add a data set or a licence to those that weights owe something to; none is named twice.

    One that holds ``; `` itself is found whole.
    """
    for kept, other in ((before, now), (now, before)):
        if not other or f'; {other}; ' in f'; {kept}; ':
            return kept
    return f'{before}; {now}'


def _three_numbers(name: str, values: Sequence[float]) -> tuple[float, float, float]:
    numbers = tuple(float(v) for v in values)
    if len(numbers) != 3 or not all(map(isfinite, numbers)):
        raise ValueError(f'{name} must be three numbers, for R, G and B; got {tuple(values)}')
    return numbers


def _size(values: Sequence[int]) -> tuple[int, int]:
    size = tuple(int(v) for v in values)
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f'training_size must be (height, width) in pixels; got {tuple(values)}')
    return size
