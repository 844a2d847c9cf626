"""How candidates are trained, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lpsnet_ros.network import Architecture
from lpsnet_ros.training.datasets import LabelledFrames
from lpsnet_ros.training.expansion.executor import LOCAL
from lpsnet_ros.training.expansion.trial import Trial, derived_seed
from lpsnet_ros.training.recipe import Recipe, overridden
from lpsnet_ros.training.trainer import Hardware

CANDIDATES, START, COMPARED = 'candidates', 'start', 'compared'


@dataclass(frozen=True)
class Plan:
    """How candidates are trained.

    Args:
        training, validation: frames to learn from and to score on.
        recipe: of every training.
        candidate_epochs: of a candidate that goes on where its parent ended.
        from_scratch: candidates start from random weights instead, as in the paper, and have the
            recipe's epochs.
        seed: of everything random.
        workers: processes that prepare a candidate's samples.
        hardware: that a candidate is trained on.
        teacher: checkpoint of a network to imitate beside the labels.
        executor: where trials run.

    """

    training: LabelledFrames
    validation: LabelledFrames
    recipe: Recipe
    candidate_epochs: int
    from_scratch: bool = False
    seed: int = 0
    workers: int = 1
    hardware: Hardware = field(default_factory=Hardware)
    teacher: Path | None = None
    executor: str = LOCAL

    def first(self, architecture: Architecture, folder: Path) -> Trial:
        """Return the trial of the network that the run below a folder starts from."""
        if self.from_scratch:
            return self._from_scratch(architecture, folder)
        return self._trial(architecture, None, folder / START, self.recipe, START)

    def candidate(
        self, architecture: Architecture, parent: Architecture, weights: Path, folder: Path
    ) -> Trial:
        """Return the trial of a candidate of the run below a folder.

        All children of a parent see the same samples in the same order: by chance their scores
        then differ less.

        Args:
            architecture: of the candidate.
            parent: that it grows from.
            weights: of the parent, in training form.
            folder: of the run.

        """
        if self.from_scratch:
            return self._from_scratch(architecture, folder)
        own = folder / CANDIDATES / f'{architecture.name}_from_{parent.name}'
        recipe = overridden(self.recipe, epochs=self.candidate_epochs)
        return self._trial(architecture, weights, own, recipe, parent.name)

    def compared(self, name: str, architecture: Architecture, folder: Path) -> Trial:
        """Return a trial of a checkpoint that is only scored."""
        own = folder / f'{COMPARED}_{name}'
        return self._trial(architecture, None, own, self.recipe, START)

    def _from_scratch(self, architecture: Architecture, folder: Path) -> Trial:
        own = folder / CANDIDATES / architecture.name
        return self._trial(architecture, None, own, self.recipe, START)

    def _trial(
        self,
        architecture: Architecture,
        weights: Path | None,
        folder: Path,
        recipe: Recipe,
        generation: str,
    ) -> Trial:
        return Trial(
            architecture,
            weights,
            folder,
            self.training,
            self.validation,
            recipe,
            derived_seed(self.seed, generation),
            self.workers,
            self.hardware,
            self.teacher,
        )
