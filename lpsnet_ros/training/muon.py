"""Muon, for networks that are convolutions."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import AdamW

MOMENTUM = 0.95
# AdamW's steps have about this root mean square (arXiv 2502.16982, section 2.2).
STEP_SIZE = 0.2
# The quintic of Jordan's post: it lifts small singular values fastest, and leaves all near 1.
LINEAR, CUBIC, QUINTIC = 3.4445, -4.7750, 2.0315
ITERATIONS = 5


class Muon(AdamW):
    """Muon for convolution kernels, AdamW for all other parameters.

    A kernel moves along its averaged gradient with all singular values made equal, so that it
    learns as much where the gradient is weak (Jordan et al. 2024,
    https://kellerjordan.github.io/posts/muon/). These are all kernels, as it was measured: also
    those of the first and the last layer, which Jordan leaves to AdamW. Its steps are as large as
    AdamW's: both take the same learning rate. ``torch.optim.Muon`` takes matrices only, and
    leaves the rest to a second optimiser, of which Lightning would step one.
    """

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Make one step; kernels have no gradient afterwards."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group['params']:
                if parameter.ndim == 4 and parameter.grad is not None:
                    self._move(parameter, group['lr'], group['weight_decay'])
                    parameter.grad = None  # AdamW leaves such parameters alone.
        super().step()
        return loss

    def _move(self, kernel: Tensor, rate: float, weight_decay: float) -> None:
        state = self.state[kernel]
        if not state:
            # By AdamW's names, which looks for them where a state is loaded.
            state.update(step=torch.zeros(()), exp_avg=torch.zeros_like(kernel))
        state['step'] += 1
        momentum = state['exp_avg'].lerp_(kernel.grad, 1 - MOMENTUM)
        ahead = kernel.grad.lerp(momentum, MOMENTUM)
        direction = orthogonalised(ahead.flatten(1))
        size = STEP_SIZE * max(direction.shape) ** 0.5
        kernel.mul_(1 - rate * weight_decay)
        kernel.add_(direction.reshape(kernel.shape), alpha=-rate * size)


def orthogonalised(matrix: Tensor) -> Tensor:
    """Make the singular values of a float (M,N) about 1 (0.6..1.3), keeping its directions.

    Newton and Schulz's iteration on the smaller Gram matrix: each of its polynomials commutes
    with the ones before, so that their product is multiplied with the large matrix once.
    """
    if matrix.shape[0] > matrix.shape[1]:
        return orthogonalised(matrix.T).T
    unit = matrix / matrix.norm().clamp(min=1e-7)
    gram = unit @ unit.T
    product = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    for _ in range(ITERATIONS):
        polynomial = torch.addmm(gram, gram, gram, beta=CUBIC, alpha=QUINTIC)
        polynomial.diagonal().add_(LINEAR)
        product = polynomial @ product
        gram = polynomial @ gram @ polynomial
    return product @ unit
