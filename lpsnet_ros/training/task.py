"""What one training step, one validation and one optimiser are, for Lightning's trainer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightning
import torch
from torch import Tensor

from lpsnet_ros.network import LPSNet, NetworkInfo
from lpsnet_ros.network.model import resize
from lpsnet_ros.training.loss import segmentation_loss
from lpsnet_ros.training.metrics import IntersectionOverUnion, mean_iou


@dataclass(frozen=True)
class Schedule:
    """AdamW with the one-cycle learning rate (arXiv 1708.07120).

    Args:
        epochs: passes over the training frames.
        batch_size: samples a step.
        learning_rate: peak of the cycle.
        weight_decay: AdamW's.

    """

    epochs: int = 100
    batch_size: int = 8
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2


class SegmentationTask(lightning.LightningModule):
    """Trains an LPS-Net; logs ``loss`` every step and ``miou`` every validation."""

    def __init__(self, network: LPSNet, weights: Tensor, schedule: Schedule) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)
        self.schedule = schedule
        self.register_buffer('class_weights', weights, persistent=False)
        self.iou = IntersectionOverUnion(network.num_classes)

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        images, labels = batch
        logits = self.network(normalise(images, self.network.info))
        loss = segmentation_loss(logits, labels, self.class_weights)
        self.log('loss', loss, prog_bar=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        images, labels = batch
        logits = self.network(normalise(images, self.network.info))
        self.iou.update(resize(logits, labels.shape[-2:]), labels)

    def on_validation_epoch_end(self) -> None:
        per_class = self.iou.compute()
        self.iou.reset()
        self.log('miou', mean_iou(per_class), prog_bar=True)
        for name, value in zip(self.network.info.classes.names, per_class):
            self.log(f'iou/{name}', value)

    def configure_optimizers(self) -> dict[str, Any]:
        optimiser = torch.optim.AdamW(
            self.network.parameters(),
            self.schedule.learning_rate,
            weight_decay=self.schedule.weight_decay,
        )
        steps = int(self.trainer.estimated_stepping_batches)
        cycle = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, self.schedule.learning_rate, total_steps=steps, pct_start=0.1
        )
        return {'optimizer': optimiser, 'lr_scheduler': {'scheduler': cycle, 'interval': 'step'}}


def normalise(images: Tensor, info: NetworkInfo) -> Tensor:
    """Turn uint8 RGB pictures (N,H,W,3) into the network's float (N,3,H,W), channels last."""
    mean = torch.tensor(info.mean, device=images.device) * 255
    std = torch.tensor(info.std, device=images.device) * 255
    return ((images - mean) / std).permute(0, 3, 1, 2)
