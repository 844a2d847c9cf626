"""What ``lpsnet expand`` shows and writes while it works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from lpsnet_ros.training.expansion.report import PAGE, why, write_report
from lpsnet_ros.training.expansion.run import MODELS, Progress, exported_name
from lpsnet_ros.training.expansion.trial import Outcome, Trial

# For the bar, until a step has told how many it really has.
CANDIDATES_A_STEP = 10


class Watch:
    """A bar over all candidates of a run, with the time that is left by the pace so far.

    Args:
        steps: of the run; None where something else ends it.

    """

    def __init__(self, steps: int | None) -> None:
        self._steps = steps
        self._bar = tqdm(desc='start', unit='candidate')

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()

    def begin(self, step: int, total: int, known: int) -> None:
        later = max(0, (self._steps or step) - step)
        self._bar.set_description(f'step {step}' if step else 'start', refresh=False)
        self._bar.total = self._bar.n + total + later * (total if step else CANDIDATES_A_STEP)
        self._bar.initial += known
        self._bar.update(known)

    def done(self, trial: Trial, outcome: Outcome) -> None:
        self._bar.update()
        self.tell(f'{100 * outcome.miou:6.2f} %  {trial.name}, {outcome.seconds:.0f} s')

    def tell(self, line: str) -> None:
        """Print a line above the bar."""
        self._bar.write(line)


def follow(
    found: Iterator[Progress], watch: Watch, output: Path, context: Mapping[str, Any]
) -> None:
    """Let a run go on to its end; tell about every step and write the report after it."""
    told = -1
    for progress in found:
        if progress.steps:
            write_report(output, progress, context)
        if len(progress.steps) > told:
            watch.tell(_newest(progress))
            told = len(progress.steps)
        if progress.out_of_time:
            watch.tell('the hours are spent: the same command with more --hours goes on')
    if told > 0:
        watch.tell(f'report: {output / PAGE}')
    watch.tell(f'networks: {output / MODELS}')


def _newest(progress: Progress) -> str:
    name = exported_name(len(progress.steps))
    if not progress.steps:
        return f'{name}: {100 * progress.start_miou:.2f} %, {progress.start_ms:.2f} ms'
    step = progress.steps[-1]
    return f'{name}: {step.chosen.grown.move}, {step.chosen.grown.count}x. {why(step)}'
