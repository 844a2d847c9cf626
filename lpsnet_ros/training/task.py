"""What one training step, one validation and one optimiser are, for Lightning's trainer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import lightning
import torch
from torch import Tensor

from lpsnet_ros.network import LPSNet
from lpsnet_ros.network.model import resize
from lpsnet_ros.training.auxiliary import AuxiliaryHeads
from lpsnet_ros.training.determinism import restored_determinism
from lpsnet_ros.training.distillation import Teacher
from lpsnet_ros.training.inputs import normalise
from lpsnet_ros.training.loss import distillation_loss, segmentation_loss
from lpsnet_ros.training.metrics import IntersectionOverUnion, mean_iou
from lpsnet_ros.training.optimisation import make_optimizer, make_policy
from lpsnet_ros.training.recipe import Recipe

# Of the labels' pixels these heads learn every fourth a side: their features are no finer, and the
# loss of all would take longer than the heads.
AUXILIARY_STRIDE = 4


class SegmentationTask(lightning.LightningModule):
    """Trains an LPS-Net; logs ``loss`` every step and ``miou`` every validation.

    Args:
        network: carries its ``info``.
        weights: float (C,), of each class in the loss.
        recipe: loss and optimisation.
        teacher: a network to imitate beside the labels.

    """

    def __init__(
        self, network: LPSNet, weights: Tensor, recipe: Recipe, teacher: Teacher | None = None
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)
        self.recipe = recipe
        self.teacher = teacher
        self.auxiliary = AuxiliaryHeads(network) if recipe.objective.auxiliary else None
        self.register_buffer('class_weights', weights, persistent=False)
        self.iou = IntersectionOverUnion(network.num_classes)

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        images, labels = batch
        objective = self.recipe.objective
        heads = self.auxiliary
        with nullcontext([]) if heads is None else heads.listening(self.network) as early:
            logits = self.network(normalise(images, self.network.info))
        loss = self._loss(logits, labels)
        if early:
            coarse = labels[:, ::AUXILIARY_STRIDE, ::AUXILIARY_STRIDE]
            supervision = sum(self._loss(scores, coarse) for scores in early)
            self.log('auxiliary', supervision)
            loss = loss + objective.auxiliary * supervision
        if self.teacher is not None:
            imitation = distillation_loss(logits, self.teacher(images), objective.temperature)
            self.log('imitation', imitation)
            loss = loss + objective.distillation * imitation
        self.log('loss', loss, prog_bar=True)
        return loss

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return segmentation_loss(logits, labels, self.class_weights, self.recipe.objective)

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        images, labels = batch
        logits = self.network(normalise(images, self.network.info))
        with _any_algorithm():
            self.iou.update(resize(logits.float(), labels.shape[-2:]), labels)

    def on_validation_epoch_end(self) -> None:
        per_class = self.iou.compute()
        self.iou.reset()
        # The count is already that of all processes, but Lightning wants to hear so.
        self.log('miou', mean_iou(per_class), prog_bar=True, sync_dist=True)
        for name, value in zip(self.network.info.classes.names, per_class):
            self.log(f'iou/{name}', value, sync_dist=True)

    def configure_optimizers(self) -> dict[str, Any]:
        schedule = self.recipe.schedule
        optimizer = make_optimizer(self, schedule)
        policy = make_policy(optimizer, schedule, int(self.trainer.estimated_stepping_batches))
        return {'optimizer': optimizer, 'lr_scheduler': {'scheduler': policy, 'interval': 'step'}}


@contextmanager
def _any_algorithm() -> Iterator[None]:
    """Lift torch's deterministic mode: counts are exact in any order, and it counts slowly."""
    with restored_determinism():
        torch.use_deterministic_algorithms(False)
        yield
