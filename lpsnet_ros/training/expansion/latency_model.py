"""A guess of latencies that were not measured, fitted to those that were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.network import Architecture
from lpsnet_ros.network.complexity import count_multiply_adds

FEWEST_ENTRIES = 12


@dataclass(frozen=True)
class LatencyModel:
    """A constant, and a time for every block, multiply-add and pixel that a path sees.

    Args:
        size: (height, width) of the picture that the networks see.
        num_classes: of the networks.
        coefficients: float (4,), ms for each of these; none is negative.
        typical_error, large_error: what half, and nine in ten, of the measured networks stay
            below when the model is fitted without them; shares of their latency.

    """

    size: tuple[int, int]
    num_classes: int
    coefficients: NDArray[np.float64]
    typical_error: float
    large_error: float

    def of(self, architecture: Architecture) -> float:
        """Return the latency in ms."""
        return float(_features(architecture, self.size, self.num_classes) @ self.coefficients)

    def __str__(self) -> str:
        return (
            f'fitted model, off by {self.typical_error:.0%} in half of the measured networks '
            f'and by {self.large_error:.0%} in one of ten, each fitted without it'
        )


def fit(
    latencies: Mapping[Architecture, float], size: tuple[int, int], num_classes: int
) -> LatencyModel:
    """Fit the model to measured latencies in ms, all relative errors weighing the same.

    Args:
        latencies: the measured ones.
        size, num_classes: as for ``LatencyModel``.

    Raises:
        ValueError: there are fewer than ``FEWEST_ENTRIES``.

    """
    if len(latencies) < FEWEST_ENTRIES:
        raise ValueError(
            f'{len(latencies)} measured latencies are too few to estimate others from: '
            f'{FEWEST_ENTRIES} are needed; measure more with lpsnet latency-table --sample'
        )
    measured = np.array(list(latencies.values()))
    rows = np.array([_features(a, size, num_classes) for a in latencies]) / measured[:, None]
    errors = []
    for index in range(len(rows)):
        others = np.delete(rows, index, axis=0)
        errors.append(abs(rows[index] @ _not_negative(others) - 1))
    typical, large = np.percentile(errors, (50, 90))
    return LatencyModel(size, num_classes, _not_negative(rows), float(typical), float(large))


def _features(
    architecture: Architecture, size: tuple[int, int], num_classes: int
) -> NDArray[np.float64]:
    """Return 1, blocks, billions of multiply-adds, millions of pixels."""
    blocks = architecture.num_paths * sum(architecture.depth)
    multiply_adds = count_multiply_adds(architecture, num_classes, size)
    pixels = sum(height * width for height, width in architecture.path_sizes(size))
    return np.array([1, blocks, multiply_adds / 1e9, pixels / 1e6])


def _not_negative(rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Solve rows @ x = 1 by least squares; a negative x would grow faster by growing.

    What comes out negative is left out, the worst first, until nothing does.
    """
    rows = np.asarray(rows)
    kept = list(range(rows.shape[1]))
    while True:
        solution = np.linalg.lstsq(rows[:, kept], np.ones(len(rows)), rcond=None)[0]
        if solution.min() >= 0:
            break
        del kept[int(solution.argmin())]
    coefficients = np.zeros(rows.shape[1])
    coefficients[kept] = solution
    return coefficients
