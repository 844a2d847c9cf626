"""What the data loaders yield, and in which order."""

from __future__ import annotations

from pathlib import Path

import cv2
import lightning
import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.augment import Augmentation
from lpsnet_ros.training.balance import ClassBalance, count_pixels
from lpsnet_ros.training.datasets import DatasetError, LabelledFrames, open_dataset
from lpsnet_ros.training.recipe import Recipe
from lpsnet_ros.training.samples import (
    EpochSampler,
    EvaluationSampler,
    EvaluationSamples,
    TrainingSamples,
)


@pytest.fixture
def frames(street_root: Path) -> LabelledFrames:
    return open_dataset('camvid', street_root, ['train'])


def samples_of(
    frames: LabelledFrames, augmentation: Augmentation, seed: int = 0, balanced: float = 0
) -> TrainingSamples:
    recipe = Recipe(augmentation=augmentation, balanced=balanced)
    return TrainingSamples(frames, recipe, ClassBalance(count_pixels(frames)), seed)


def order(seed: int, epoch: int, length: int = 20) -> list[int]:
    sampler = EpochSampler(length, seed)
    sampler.set_epoch(epoch)
    assert {e for e, _ in sampler} == {epoch}
    return [index for _, index in sampler]


def test_order_holds_every_frame_once() -> None:
    assert sorted(order(seed=0, epoch=3)) == list(range(20))
    assert len(EpochSampler(20, 0)) == 20


def test_order_is_decided_by_seed_and_epoch() -> None:
    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(0, 2)
    assert order(0, 1) != order(1, 1)


@pytest.mark.parametrize(('length', 'processes'), [(20, 2), (21, 2), (23, 4)])
def test_processes_share_an_epoch_without_overlap_and_take_as_many_each(
    length: int, processes: int
) -> None:
    shares = []
    for rank in range(processes):
        sampler = EpochSampler(length, 7, rank, processes)
        sampler.set_epoch(2)
        shares.append([index for _, index in sampler])
        assert len(shares[-1]) == len(sampler) == length // processes
    together = {index for share in shares for index in share}
    assert len(together) == processes * (length // processes)
    # Side by side they are the order of one process.
    side_by_side = [index for step in zip(*shares) for index in step]
    assert side_by_side == order(7, 2, length)[: len(side_by_side)]


@pytest.mark.parametrize(('length', 'processes'), [(6, 1), (6, 2), (7, 2), (5, 4)])
def test_processes_share_all_frames_to_score(length: int, processes: int) -> None:
    shares = [list(EvaluationSampler(length, rank, processes)) for rank in range(processes)]
    assert len({len(share) for share in shares}) == 1
    seen = sorted(index for share in shares for index in share)
    assert [index for index in seen if index < length] == list(range(length))


class _Keys(Dataset):
    """Yields the keys it is asked for."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, key: tuple[int, int]) -> Tensor:
        return torch.tensor(key)


class _Recorder(lightning.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[list[int]] = []
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def training_step(self, batch: Tensor, index: int) -> Tensor:
        self.seen += batch.tolist()
        return self.weight * 0

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters())


@pytest.mark.parametrize('workers', [0, 1])
def test_lightning_tells_the_sampler_every_epoch(workers: int) -> None:
    recorder = _Recorder()
    loader = DataLoader(_Keys(), 2, sampler=EpochSampler(4, seed=5), num_workers=workers)
    trainer = lightning.Trainer(
        accelerator='cpu',
        max_epochs=3,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(recorder, loader)
    expected = [[epoch, index] for epoch in range(3) for index in order(5, epoch, length=4)]
    assert recorder.seen == expected


def test_training_sample_is_rgb_with_its_label(frames: LabelledFrames) -> None:
    samples = samples_of(frames, Augmentation((192, 256), (1, 1), jitter=0))
    image, label = samples[0, 2]
    assert image.dtype == torch.uint8
    assert label.dtype == torch.int64
    rgb = cv2.resize(frames.image(2), (256, 192))[:, :, ::-1]
    expected = label.numpy()
    shown = image.numpy()
    if not np.array_equal(expected, frames.label(2)):
        rgb, expected = rgb[:, ::-1], expected[:, ::-1]
    np.testing.assert_array_equal(expected, frames.label(2))
    np.testing.assert_allclose(shown[2:-2, 2:-2], rgb[2:-2, 2:-2], atol=2)
    assert len(samples) == len(frames)


def test_training_sample_is_decided_by_seed_epoch_and_index(frames: LabelledFrames) -> None:
    def image(seed: int, epoch: int, index: int) -> Tensor:
        augmentation = Augmentation((64, 64), copy_paste=0.5)
        return samples_of(frames, augmentation, seed, balanced=0.5)[epoch, index][0]

    assert torch.equal(image(0, 1, 2), image(0, 1, 2))
    for other in ((1, 1, 2), (0, 2, 2), (0, 1, 3)):
        assert not torch.equal(image(0, 1, 2), image(*other)), other


def test_label_of_another_size_than_its_frame_is_refused(
    frames: LabelledFrames, tmp_path: Path
) -> None:
    small = tmp_path / 'small.png'
    cv2.imwrite(str(small), np.zeros((48, 64), np.uint8))
    mixed = LabelledFrames(**vars(frames) | {'pairs': ((frames.pairs[0][0], small),)})
    for samples, key in (
        (samples_of(mixed, Augmentation((64, 64))), (0, 0)),
        (EvaluationSamples(mixed), 0),
    ):
        with pytest.raises(DatasetError, match=r'small\.png: size \(48, 64\), its frame has'):
            samples[key]


def test_evaluation_sample_is_the_whole_frame_enlarged(frames: LabelledFrames) -> None:
    samples = EvaluationSamples(frames)
    image, label = samples[1]
    assert image.shape == (192, 256, 3)
    np.testing.assert_array_equal(label.numpy(), frames.label(1))
    assert (label[:4] == UNLABELED).all()
    rgb = frames.image(1)[:, :, ::-1].astype(float)
    np.testing.assert_allclose(image.numpy().mean((0, 1)), rgb.mean((0, 1)), atol=1)
    assert len(samples) == len(frames)


def test_evaluation_sample_past_the_last_frame_counts_nothing(frames: LabelledFrames) -> None:
    samples = EvaluationSamples(frames)
    image, label = samples[len(frames) + 1]
    assert (label == UNLABELED).all()
    assert torch.equal(image, samples[1][0])
    assert label.shape == samples[1][1].shape


def share_of(samples: TrainingSamples, class_id: int, epochs: int = 30) -> float:
    """Return the share of the samples that show a class."""
    shown = [
        (samples[epoch, index][1] == class_id).any()
        for epoch in range(epochs)
        for index in range(len(samples))
    ]
    return float(np.mean(shown))


def test_balanced_samples_show_rare_classes_more_often(frames: LabelledFrames) -> None:
    pixels = count_pixels(frames).sum(axis=0)
    rarest = int(np.argmin(np.where(pixels, pixels, pixels.max())))
    ranges = Augmentation((32, 32), (1.5, 2.0), jitter=0)
    balanced, plain = (
        share_of(samples_of(frames, ranges, balanced=share), rarest) for share in (1, 0)
    )
    assert balanced > 1.5 * plain > 0


def test_copy_paste_adds_rare_classes_and_nothing_else(frames: LabelledFrames) -> None:
    rare = ClassBalance(count_pixels(frames)).rare
    assert rare.size
    ranges = {'crop': (64, 64), 'zoom': (1.0, 2.0), 'jitter': 0.0}
    plain = samples_of(frames, Augmentation(**ranges))
    pasted = samples_of(frames, Augmentation(**ranges, copy_paste=1))
    changed = 0
    for index in range(len(frames)):
        (image, label), (other, other_label) = plain[0, index], pasted[0, index]
        difference = label != other_label
        changed += int(difference.sum())
        assert np.isin(other_label[difference], rare).all()
        touched = (image != other).any(dim=2)
        allowed = np.isin(other_label, rare).repeat(2, axis=0).repeat(2, axis=1)
        assert not (touched.numpy() & ~allowed).any()
    assert changed > 50
