"""The network as the GPU back ends compile it."""

from __future__ import annotations

import copy

from torch import Tensor, nn

from lpsnet_ros.network import LPSNet


class PathScorer(nn.Module):
    """The normalised inputs of one to three paths, (1,3,h,w) -> logits (1,C,h,w).

    Args:
        network: folded; copied, so that it stays as it is.

    """

    def __init__(self, network: LPSNet) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).requires_grad_(False)

    # Named arguments rather than a list or *inputs: exported programs keep them as they are.
    def forward(
        self, first: Tensor, second: Tensor | None = None, third: Tensor | None = None
    ) -> Tensor:
        return self.network.forward_paths([x for x in (first, second, third) if x is not None])
