"""What the governor moves along: scales and resolutions, from cheap to dear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS = (1.0, 0.75, 0.5)
MIN_COST_RATIO = 1.5
# Less resolution costs more quality than it saves time, as the network was trained at the full
# one: on CamVid's val clip, which it had not seen, an early S had a mIoU of 59.8, 57.8 at three
# quarters and 51.0 at half (lpsnet evaluate --resolution 2, 1.5, 1). The exponent only has to put
# rungs in order.
QUALITY_EXPONENT = 4


@dataclass(frozen=True)
class Rung:
    """A scale at a resolution.

    Args:
        scale: name of the scale or checkpoint.
        resolution: ratio of the frame that the network sees, as ``Engine`` takes it.
        cost: relative time of a frame, in any unit; only ratios between rungs count.

    """

    scale: str
    resolution: float
    cost: float

    def __str__(self) -> str:
        return f'{self.scale} at {self.resolution:.3g}'


def build_ladder(
    scales: Iterable[Rung],
    steps: Sequence[float] = STEPS,
    *,
    lowest_resolution: float = 0.0,
    fixed_cost: float = 0.0,
) -> tuple[Rung, ...]:
    """Return the rungs worth having, from cheap to dear; quality never falls going up.

    At full resolution the dearer scale is taken to be the better one. A scale that sees a share
    ``step`` of its resolution costs ``step ** 2`` of its network's part and is taken to be as
    good as a scale of ``step ** 4`` of that cost: m at half resolution ranks below s at full.
    From the best rung down, the next best is kept if it is cheaper by a third or more
    (``MIN_COST_RATIO``). What costs more than a better rung is left out so, and what hardly
    differs in cost, too: it would need an engine's memory and gain nothing.

    Args:
        scales: every resident scale as it runs at full resolution.
        steps: shares of the full resolution, in (0, 1].
        lowest_resolution: steps below this ratio of the frame are left out.
        fixed_cost: the part of every cost that does not depend on the network's resolution
            (reading the frame, writing the mask), in the unit of the costs.

    Raises:
        ValueError: no rung is left, a step is out of range, or a cost is not above the fixed one.

    """
    if any(not 0 < step <= 1 for step in steps):
        raise ValueError(f'steps must be in (0, 1], got {tuple(steps)}')
    ranked = []
    for full in scales:
        of_network = full.cost - fixed_cost
        if of_network <= 0:
            raise ValueError(f'the cost of {full} must be above {fixed_cost:g}, got {full.cost:g}')
        for step in steps:
            rung = Rung(full.scale, full.resolution * step, fixed_cost + of_network * step**2)
            if rung.resolution >= lowest_resolution:
                ranked.append((of_network * step**QUALITY_EXPONENT, rung))
    if not ranked:
        raise ValueError(f'no scale with a resolution of {lowest_resolution:g} or more')
    return _thinned(ranked)


def _thinned(ranked: list[tuple[float, Rung]]) -> tuple[Rung, ...]:
    """Drop, from the best of (quality, rung) down, what is not clearly cheaper than a better."""
    ranked.sort(key=lambda pair: (-pair[0], pair[1].cost))
    kept: list[Rung] = []
    for _, rung in ranked:
        if not kept or rung.cost * MIN_COST_RATIO <= kept[-1].cost:
            kept.append(rung)
    return tuple(reversed(kept))
