"""The back ends, best first, choosing one and getting it ready."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lpsnet_ros.engine.backends.base import Backend, PreparationError, Task
from lpsnet_ros.engine.backends.cpu import CpuBackend
from lpsnet_ros.engine.backends.cuda import CudaBackend
from lpsnet_ros.engine.backends.trt import TensorRtBackend
from lpsnet_ros.engine.cache import EngineCache

AUTO = 'auto'
BACKENDS: dict[str, type[Backend]] = {
    backend.name: backend for backend in (TensorRtBackend, CudaBackend, CpuBackend)
}
_NOTHING_FAILED: Mapping[str, str] = {}
_log = logging.getLogger('lpsnet_ros')


@dataclass(frozen=True)
class Choice:
    """A back end, the precision it shall compute in, and why these."""

    backend: type[Backend]
    precision: str
    reason: str


def choose(
    backend: str = AUTO, precision: str = AUTO, failed: Mapping[str, str] = _NOTHING_FAILED
) -> Choice:
    """Take the named back end, or the first that works here.

    Args:
        backend, precision: names, or ``auto``.
        failed: why back ends that ``auto`` shall pass over could not get ready.

    Raises:
        ValueError: there is no such back end or precision, or it can't work here; says why.

    """
    if backend == AUTO:
        chosen, reason = _first_available(precision, failed)
    elif backend not in BACKENDS:
        raise ValueError(f'backend must be one of {AUTO}, {", ".join(BACKENDS)}, got {backend!r}')
    else:
        chosen, reason = BACKENDS[backend], 'as asked for'
        obstacle = chosen.unavailable() or _precision_obstacle(chosen, precision)
        if obstacle:
            raise ValueError(f'back end {backend} can not work here: {obstacle}')
    if precision == AUTO:
        precision = chosen.best_precision()
    return Choice(chosen, precision, reason)


def prepare(
    backend: str, precision: str, task_in: Callable[[str], Task], cache: EngineCache
) -> tuple[Backend, Choice]:
    """Choose a back end and get it ready; ``auto`` goes on to the next where one fails.

    Args:
        backend, precision: as for ``choose``.
        task_in: gives the task in a precision.
        cache: where to keep what is worth keeping.

    Raises:
        ValueError: as for ``choose``.
        PreparationError: the back end that was asked for by name failed.

    """
    failed: dict[str, str] = {}
    while True:
        choice = choose(backend, precision, failed)
        try:
            return choice.backend(task_in(choice.precision), cache), choice
        except PreparationError as error:
            if backend != AUTO:
                _release(error)
                raise
            failed[choice.backend.name] = str(error)
            _log.warning('Back end %s: %s', choice.backend.name, error)


def _release(error: Exception) -> None:
    # Who keeps the error would keep all that its frames hold, which did not fit into memory.
    traceback.clear_frames(error.__traceback__)
    if error.__cause__ is not None:
        traceback.clear_frames(error.__cause__.__traceback__)


def _first_available(precision: str, failed: Mapping[str, str]) -> tuple[type[Backend], str]:
    obstacles = []
    for name, backend in BACKENDS.items():
        obstacle = (
            failed.get(name) or backend.unavailable() or _precision_obstacle(backend, precision)
        )
        if obstacle is None:
            return backend, '; '.join(['the best that works here', *obstacles])
        obstacles.append(f'{name}: {obstacle}')
    raise ValueError(f'no back end works here: {"; ".join(obstacles)}')


def _precision_obstacle(backend: type[Backend], precision: str) -> str | None:
    if precision in (AUTO, *backend.precisions):
        return None
    return f'it computes in {", ".join(backend.precisions)}, not in {precision!r}'
