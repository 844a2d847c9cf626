"""Trials one after the other here, or side by side wherever Ray puts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

from lpsnet_ros.training.expansion.trial import Outcome, Trial

LOCAL, RAY = 'local', 'ray'
EXECUTORS = (LOCAL, RAY)
Work = Callable[[Trial], Outcome]
Numbered = Iterator[tuple[int, Outcome]]


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


def run_trials(
    work: Work, trials: Sequence[Trial], executor: str
) -> Iterator[tuple[int, Outcome]]:
    """Yield the index and outcome of each trial as it is done; locally, begun when asked for.

    Args:
        work: what to do with a trial.
        trials: with paths that every machine of a Ray cluster sees.
        executor: ``local`` or ``ray``.

    """
    if executor == RAY:
        yield from _with_ray(work, trials)
        return
    for index, trial in enumerate(trials):
        yield index, work(trial)


def _with_ray(work: Work, trials: Sequence[Trial]) -> Numbered:
    """Give each trial a GPU where the machine that asks has one, else a core."""
    import ray

    ray.init(ignore_reinit_error=True, log_to_driver=False)
    gpus = 1 if torch.cuda.is_available() else 0
    remote = ray.remote(num_cpus=1, num_gpus=gpus)(work)
    pending = {remote.remote(trial): index for index, trial in enumerate(trials)}
    try:
        while pending:
            done, _ = ray.wait(list(pending))
            for reference in done:
                yield pending.pop(reference), ray.get(reference)
    finally:
        for reference in pending:
            ray.cancel(reference, force=True)
