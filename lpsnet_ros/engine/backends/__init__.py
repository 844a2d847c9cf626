"""The back ends, best first, and choosing one."""

from __future__ import annotations

from dataclasses import dataclass

from lpsnet_ros.engine.backends.base import Backend
from lpsnet_ros.engine.backends.cpu import CpuBackend

AUTO = 'auto'
BACKENDS: dict[str, type[Backend]] = {backend.name: backend for backend in (CpuBackend,)}


@dataclass(frozen=True)
class Choice:
    """A back end, the precision it shall compute in, and why these."""

    backend: type[Backend]
    precision: str
    reason: str


def choose(backend: str = AUTO, precision: str = AUTO) -> Choice:
    """Take the named back end, or the first that works here.

    Raises:
        ValueError: there is no such back end or precision, or it can't work here; says why.

    """
    if backend == AUTO:
        chosen, reason = _first_available()
    elif backend not in BACKENDS:
        raise ValueError(f'backend must be one of {AUTO}, {", ".join(BACKENDS)}, got {backend!r}')
    else:
        chosen, reason = BACKENDS[backend], 'as asked for'
        obstacle = chosen.unavailable()
        if obstacle:
            raise ValueError(f'back end {backend} can not work here: {obstacle}')
    if precision == AUTO:
        precision = chosen.best_precision()
    elif precision not in chosen.precisions:
        raise ValueError(
            f'back end {chosen.name} computes in {", ".join(chosen.precisions)}, '
            f'not in {precision!r}'
        )
    return Choice(chosen, precision, reason)


def _first_available() -> tuple[type[Backend], str]:
    obstacles = []
    for backend in BACKENDS.values():
        obstacle = backend.unavailable()
        if obstacle is None:
            return backend, '; '.join(['the best that works here', *obstacles])
        obstacles.append(f'{backend.name}: {obstacle}')
    raise ValueError(f'no back end works here: {"; ".join(obstacles)}')
