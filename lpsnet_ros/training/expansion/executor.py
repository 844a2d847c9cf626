"""Tasks one after the other here, or side by side wherever Ray puts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

LOCAL, RAY = 'local', 'ray'
EXECUTORS = (LOCAL, RAY)
Task = TypeVar('Task')
Result = TypeVar('Result')


def check_executor(name: str) -> None:
    """Refuse before the work, not in it, what is not installed.

    Raises:
        ValueError: Ray is asked for and absent.

    """
    if name != RAY:
        return
    try:
        import ray  # noqa: F401
    except ModuleNotFoundError:
        raise ValueError(
            'candidates side by side need Ray: pip install "lpsnet_ros[ray]", '
            'or leave --executor out to train one after the other'
        ) from None


def run_all(
    work: Callable[[Task], Result], tasks: Sequence[Task], executor: str = LOCAL
) -> Iterator[tuple[int, Result]]:
    """Yield the index and result of each task as it is done; locally, begun when asked for.

    Args:
        work: what to do with a task; for Ray a plain function.
        tasks: for Ray with paths that are the same on every machine of its cluster.
        executor: ``local`` or ``ray``.

    """
    if executor == RAY:
        yield from _with_ray(work, tasks)
        return
    for index, task in enumerate(tasks):
        yield index, work(task)


def _with_ray(
    work: Callable[[Task], Result], tasks: Sequence[Task]
) -> Iterator[tuple[int, Result]]:
    """Give each task a GPU where this machine has one, else a core."""
    import ray

    ray.init(ignore_reinit_error=True, log_to_driver=False)
    gpus = 1 if torch.cuda.is_available() else 0
    remote = ray.remote(num_cpus=1, num_gpus=gpus)(work)
    pending = {remote.remote(task): index for index, task in enumerate(tasks)}
    try:
        while pending:
            done, _ = ray.wait(list(pending))
            for reference in done:
                yield pending.pop(reference), ray.get(reference)
    finally:
        for reference in pending:
            ray.cancel(reference, force=True)
