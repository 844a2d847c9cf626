"""What a comparison is and what comes out of it, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lpsnet_ros.engine import Provenance
from lpsnet_ros.engine.backends import AUTO
from lpsnet_ros.engine.benchmark.measure import Summary

ENGINE, STAGE, NETWORK, PEER = 'engine', 'stage', 'network', 'peer'
OURS, BARE, EAGER = 'lpsnet_ros', 'bare network', 'eager'


@dataclass(frozen=True)
class Case:
    """What to compare.

    Args:
        model: what the network is called.
        size: (height, width) of the frames.
        threads: for every candidate.
        resolution, backend, precision: as for ``Engine``.

    """

    model: str
    size: tuple[int, int]
    threads: int
    resolution: float | None = 1.0
    backend: str = AUTO
    precision: str = AUTO


@dataclass(frozen=True)
class Row:
    """One candidate's result.

    Args:
        name: of the candidate, or of the stage.
        kind: ``engine``, ``stage``, ``network`` or ``peer``.
        description: what it is.
        summary: its times.
        ready_s: seconds to get it ready; None for stages.
        agreement: pixels in % as in the fp32 reference; None where there is no mask.
        times: in ms, one a round.
        extra_mib: memory that a call needs while it runs; None where it was not measured.

    """

    name: str
    kind: str
    description: str
    summary: Summary
    ready_s: float | None
    agreement: float | None
    times: Sequence[float]
    extra_mib: float | None = None


@dataclass(frozen=True)
class CaseResult:
    """All rows of a case, and why candidates are not among them."""

    case: Case
    provenance: Provenance
    rows: Sequence[Row]
    left_out: Mapping[str, str]

    def row(self, kind: str) -> Row | None:
        """Return the first row of a kind."""
        return next((r for r in self.rows if r.kind == kind), None)
