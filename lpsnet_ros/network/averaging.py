"""One network from several that were trained from the same weights: a model soup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict, replace
from functools import reduce

import torch

from lpsnet_ros.network.info import joined
from lpsnet_ros.network.model import LPSNet

# What networks must share for their tensors to mean the same.
COMMON: dict[str, Callable[[LPSNet], object]] = {
    'architecture': lambda network: asdict(network.architecture),
    'class names': lambda network: network.required_info.classes.names,
    'normalisation of pixels': lambda network: (network.info.mean, network.info.std),
    'form (folded or not)': lambda network: network.is_folded,
    'identity branches': lambda network: network.identity,
}


@torch.no_grad()
def averaged(networks: Sequence[LPSNet]) -> LPSNet:
    """Average the weights of networks (model soups, arXiv 2203.05482).

    It helps where they were trained on from the same weights, each with another seed or
    augmentation, or one from another: the average is as fast as one and often better than the
    best of them. Of networks that began apart it is worth nothing.

    Args:
        networks: at least two of the same architecture and classes, all folded or none; they are
            left as they are.

    Returns:
        The average in eval mode, with the ``info`` of the first, all data sets and all licences.

    Raises:
        ValueError: there are fewer than two, or they differ.

    """
    if len(networks) < 2:
        raise ValueError(f'an average takes at least two networks; got {len(networks)}')
    first = networks[0]
    for name, of in COMMON.items():
        _require_equal(name, [of(network) for network in networks])
    states = [network.state_dict() for network in networks]
    means = {
        name: torch.stack([state[name] for state in states]).double().mean(dim=0)
        for name in states[0]
    }
    average = deepcopy(first)
    average.load_state_dict(means)
    infos = [network.info for network in networks]
    average.info = replace(
        first.info,
        dataset=reduce(joined, [info.dataset for info in infos]),
        licence=reduce(joined, [info.licence for info in infos]),
        metrics={},
    )
    return average.eval()


def _require_equal(name: str, values: Sequence[object]) -> None:
    for number, value in enumerate(values[1:], start=2):
        if value != values[0]:
            raise ValueError(
                f'{name} of network {number} differs from that of the first, {value} from '
                f'{values[0]}: average networks that were trained on from the same weights'
            )
