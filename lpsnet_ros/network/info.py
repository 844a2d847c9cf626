"""What travels with a network's weights: all that inference needs besides the tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

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
            brought to about this size for the best result.
        dataset: what it was trained on.
        metrics: name -> value, measured as the model card says.
        licence: licence of the weights (the training data may restrict it).

    """

    classes: ClassTable
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    training_size: tuple[int, int] | None = None
    dataset: str = ''
    metrics: Mapping[str, float] = field(default_factory=dict)
    licence: str = ''

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
