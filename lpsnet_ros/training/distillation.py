"""A trained network that another one imitates."""

from __future__ import annotations

import torch
from torch import Tensor

from lpsnet_ros.network import ClassTable, LPSNet
from lpsnet_ros.training.inputs import normalise


class Teacher:
    """Scores training samples with a network that is not trained itself.

    It is no module of the task, so that neither checkpoints nor averages contain it.

    Args:
        network: in training or folded form, with ``info``.
        classes: what the pupil learns.

    Raises:
        ValueError: the network has other classes.

    """

    def __init__(self, network: LPSNet, classes: ClassTable) -> None:
        if network.info.classes.names != classes.names:
            raise ValueError(
                f'the teacher knows {", ".join(network.info.classes.names)}; to be learnt are '
                f'{", ".join(classes.names)}: choose a teacher of the same classes in that order'
            )
        self._network = network.eval().to(memory_format=torch.channels_last)

    @torch.no_grad()
    def __call__(self, images: Tensor) -> Tensor:
        """Return the logits, float (N,C,h,w), of uint8 RGB pictures (N,H,W,3)."""
        self._network.to(images.device)
        return self._network(normalise(images, self._network.info))
