"""Deep supervision: heads inside a network that only training has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from torch import Tensor, nn

from lpsnet_ros.network import LPSNet
from lpsnet_ros.network.architecture import NUM_STAGES
from lpsnet_ros.network.model import INTERACTING_STAGES

HIDDEN_CHANNELS = 64


class AuxiliaryHeads(nn.Module):
    """Scores what single stages of a network find, each with a small head of its own.

    Each path has one before it exchanges features with the others, after stage 3 and 4, and all
    but the first have one after their last stage, so that every path has to find the classes
    itself, and early. What is deployed lacks them and is as fast as without. Deeply-supervised
    nets (arXiv 1409.5185), with the heads of BiSeNet V2's booster (arXiv 2004.02147).

    Args:
        network: what is supervised; it is no part of the heads.

    """

    def __init__(self, network: LPSNet) -> None:
        super().__init__()
        width = network.architecture.width
        self.heads = nn.ModuleList(
            _head(width[stage], network.num_classes) for _, stage in _supervised(network)
        )

    @contextmanager
    def listening(self, network: LPSNet) -> Iterator[list[Tensor]]:
        """Collect the heads' logits, float (N,C,h,w) of several sizes, while the network runs."""
        logits: list[Tensor] = []
        with ExitStack() as hooks:
            for (path, stage), head in zip(_supervised(network), self.heads):
                supervised = network.paths[path].stages[stage]
                hook = supervised.register_forward_hook(_scoring(head, logits))
                hooks.callback(hook.remove)
            yield logits


def _supervised(network: LPSNet) -> list[tuple[int, int]]:
    """List path and stage of each head, both counted from 0."""
    early = [(path, stage) for path in range(len(network.paths)) for stage in INTERACTING_STAGES]
    return early + [(path, NUM_STAGES - 1) for path in range(1, len(network.paths))]


def _head(channels: int, num_classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, HIDDEN_CHANNELS, 3, padding=1, bias=False),
        nn.BatchNorm2d(HIDDEN_CHANNELS),
        nn.ReLU(),
        nn.Conv2d(HIDDEN_CHANNELS, num_classes, 1),
    )


def _scoring(head: nn.Module, logits: list[Tensor]) -> Callable[..., None]:
    def score(stage: nn.Module, inputs: tuple[Tensor], features: Tensor) -> None:
        logits.append(head(features))

    return score
