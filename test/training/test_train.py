"""Training runs: what they leave, how they go on, and that they learn."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from lpsnet_ros.network import CAMVID, LPSNet, NetworkInfo, load_checkpoint
from lpsnet_ros.network.checkpoint import read_description
from lpsnet_ros.training.augment import Augmentation
from lpsnet_ros.training.datasets import DatasetError, LabelledFrames, open_dataset
from lpsnet_ros.training.determinism import restored_determinism
from lpsnet_ros.training.evaluate import evaluate
from lpsnet_ros.training.recipe import RECIPES, Recipe, Schedule, overridden
from lpsnet_ros.training.task import SegmentationTask
from lpsnet_ros.training.train import DivergedError, train
from lpsnet_ros.training.trainer import Hardware

EPOCHS = 3


def recipe(augmentation: Augmentation | None = None, **schedule: object) -> Recipe:
    schedule = Schedule(**{'epochs': EPOCHS, 'batch_size': 2} | schedule)
    return Recipe(schedule, augmentation=augmentation or Augmentation((64, 96)))


class PowerCut(Exception):
    """Ends a run at a place of the test's choice."""


@dataclass(frozen=True)
class CountedFrames(LabelledFrames):
    """Frames that count the pictures read from them and fail after some."""

    limit: int = 1_000_000
    read: list[int] = field(default_factory=list)

    def image(self, index: int) -> np.ndarray:
        if len(self.read) == self.limit:
            raise PowerCut
        self.read.append(index)
        return super().image(index)


@pytest.fixture
def frames(street_root: Path) -> LabelledFrames:
    return open_dataset('camvid', street_root, ['train'])


@pytest.fixture
def network(make_network: Callable[..., LPSNet]) -> LPSNet:
    network = make_network((0.5,), identity=True).train()
    network.info = NetworkInfo(CAMVID, training_size=(192, 256), licence='of the street')
    return network


@pytest.fixture
def run(network: LPSNet, frames: LabelledFrames, tmp_path: Path) -> Callable[..., Path]:
    """Train for three epochs of three steps, on small crops."""

    def start(name: str = 'run', **changes: object) -> Path:
        arguments = {
            'network': network,
            'training': frames,
            'validation': None,
            'output': tmp_path / name,
            'recipe': recipe(),
            'workers': 0,
        }
        return train(**arguments | changes).parent

    return start


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(folder / 'network.safetensors').state_dict()


def logged_epochs(folder: Path) -> set[str]:
    epochs = set()
    for file in folder.glob('log/version_*/metrics.csv'):
        with file.open(newline='') as rows:
            epochs.update(row['epoch'] for row in csv.DictReader(rows) if row['miou'])
    return epochs


def assert_same_weights(one: Path, other: Path) -> None:
    expected = weights(other)
    for name, tensor in weights(one).items():
        assert torch.equal(tensor, expected[name]), name


def test_run_leaves_the_network_in_both_forms(
    run: Callable[..., Path], network: LPSNet, frames: LabelledFrames
) -> None:
    folder = run(validation=frames.subset([0]), validate_every=1)
    trained = load_checkpoint(folder / 'network.safetensors')
    deployed = load_checkpoint(folder / 'deployed.safetensors')
    images = torch.linspace(-2, 2, 3 * 64 * 96).view(1, 3, 64, 96)
    torch.testing.assert_close(deployed(images), trained(images), rtol=0.02, atol=0.02)
    assert (trained.is_folded, deployed.is_folded) == (False, True)
    assert deployed.info.licence == 'of the street'
    metrics = deployed.info.metrics
    # Not every class occurs in one frame; JSON has no word for the IoU of such a class.
    assert {'miou', 'iou/road'} <= set(metrics) < {'miou', *(f'iou/{n}' for n in CAMVID.names)}
    assert all(0 <= value <= 1 for value in metrics.values())
    assert (folder / 'last.ckpt').is_file()
    assert logged_epochs(folder) >= {'0', '1', '2'}


def test_every_weight_and_statistic_is_trained(run: Callable[..., Path], network: LPSNet) -> None:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    after = weights(run())
    unchanged = [name for name, tensor in before.items() if torch.equal(after[name], tensor)]
    assert unchanged == []


def test_loaded_network_is_trained_like_a_new_one(
    run: Callable[..., Path], network: LPSNet
) -> None:
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    new = run('new', network=network.train())
    network.load_state_dict(start)
    loaded = run('loaded', network=network.eval())
    assert_same_weights(loaded, new)


def test_network_learns_the_street(
    run: Callable[..., Path], make_network: Callable[..., LPSNet], frames: LabelledFrames
) -> None:
    network = make_network((1,), width=(8, 8, 16, 16, 16), identity=True).train()
    network.info = NetworkInfo(CAMVID, training_size=(192, 256))
    assert evaluate(network, frames).miou < 0.1
    folder = run(
        network=network,
        validation=frames,
        recipe=recipe(
            Augmentation((96, 128), zoom=(0.5, 0.7), jitter=0.1), epochs=20, learning_rate=2e-2
        ),
    )
    deployed = load_checkpoint(folder / 'deployed.safetensors')
    score = evaluate(deployed, frames)
    assert score.miou > 0.5
    assert deployed.info.metrics['miou'] == pytest.approx(score.miou, abs=0.02)


def test_interrupted_run_goes_on_as_if_nothing_had_been(
    run: Callable[..., Path], network: LPSNet, frames: LabelledFrames
) -> None:
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    whole = run('whole')

    network.load_state_dict(start)
    with pytest.raises(PowerCut):
        run('cut', training=CountedFrames(**vars(frames), limit=len(frames) + 4))
    network.load_state_dict(start)
    resumed = CountedFrames(**vars(frames))
    cut = run('cut', training=resumed)

    assert len(resumed.read) == (EPOCHS - 1) * len(frames)
    assert_same_weights(cut, whole)


def test_same_seed_gives_the_same_network(run: Callable[..., Path], network: LPSNet) -> None:
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    first = run('first', seed=4)
    network.load_state_dict(start)
    second = run('second', seed=4)
    network.load_state_dict(start)
    other = run('other', seed=5)
    assert_same_weights(first, second)
    assert not torch.equal(weights(first)['head.weight'], weights(other)['head.weight'])


def test_workers_change_nothing(run: Callable[..., Path], network: LPSNet) -> None:
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    alone = run('alone', workers=0)
    network.load_state_dict(start)
    helped = run('helped', workers=1)
    assert_same_weights(alone, helped)


def test_finished_run_that_is_started_again_keeps_its_metrics(
    run: Callable[..., Path], frames: LabelledFrames
) -> None:
    options = {'validation': frames.subset([0]), 'validate_every': 1}
    folder = run(**options)
    before = read_description(folder / 'deployed.safetensors')['info']['metrics']
    run(**options)
    after = read_description(folder / 'deployed.safetensors')['info']['metrics']
    assert after.keys() == before.keys()


def test_resumed_run_keeps_the_log_of_what_went_before(
    run: Callable[..., Path], frames: LabelledFrames
) -> None:
    options = {'validation': frames.subset([0]), 'validate_every': 1}
    cut = CountedFrames(**vars(frames), limit=2 * len(frames) + 1)
    with pytest.raises(PowerCut):
        run(training=cut, **options)
    folder = run(**options)
    assert logged_epochs(folder) >= {'0', '1', '2'}


def test_batch_larger_than_the_data_is_refused(run: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match='6 frames to train on are less than a batch of 7'):
        run(recipe=recipe(batch_size=7))


def test_damaged_picture_is_reported_in_one_line_by_workers_too(
    run: Callable[..., Path], frames: LabelledFrames, tmp_path: Path
) -> None:
    damaged = tmp_path / 'damaged.png'
    damaged.write_bytes(b'no picture')
    pairs = (*frames.pairs[:-1], (damaged, frames.pairs[-1][1]))
    with pytest.raises(ValueError, match=r'damaged\.png: can not be decoded') as caught:
        run(training=replace(frames, pairs=pairs), workers=1)
    assert len(str(caught.value).splitlines()) == 1


def test_void_labels_to_score_on_are_refused(
    run: Callable[..., Path], frames: LabelledFrames, tmp_path: Path
) -> None:
    label = tmp_path / 'void.png'
    cv2.imwrite(str(label), np.full((96, 128), len(CAMVID), np.uint8))
    void = replace(frames, pairs=((frames.pairs[0][0], label),))
    message = r'all 1 labels of CamVid to score on are void: label one of these frames, or choose'
    with pytest.raises(DatasetError, match=message):
        run(validation=void)
    half_void = replace(frames, pairs=(*void.pairs, frames.pairs[1]))
    assert run(validation=half_void, recipe=recipe(epochs=1))


def test_full_gpu_is_one_line_that_names_the_fix(
    run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 2.00 GiB')

    monkeypatch.setattr(SegmentationTask, 'training_step', full)
    with pytest.raises(ValueError, match=r'smaller --batch-size or --crop, or --precision 16-'):
        run()


def test_deterministic_mode_of_the_process_is_kept(run: Callable[..., Path]) -> None:
    with restored_determinism():
        torch.use_deterministic_algorithms(True)
        run(recipe=recipe(epochs=1))
        assert torch.are_deterministic_algorithms_enabled()


def test_folded_network_is_refused(run: Callable[..., Path], network: LPSNet) -> None:
    with pytest.raises(ValueError, match='the network is folded: only its training form can be'):
        run(network=network.folded())


def test_batch_larger_than_a_device_s_share_is_refused(run: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match='less than a batch of 2 on each of 4 devices'):
        run(hardware=Hardware(devices=4))


def test_precision_that_is_not_there_is_refused(run: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match='8-mixed'):
        run(hardware=Hardware(precision='8-mixed'))


@pytest.mark.parametrize('strategy', ['telepathy', 'ddp_fork'])
def test_strategy_that_would_lose_the_network_is_refused(strategy: str) -> None:
    with pytest.raises(ValueError, match=f"one of auto, ddp; got '{strategy}'"):
        Hardware(strategy=strategy)


def test_training_that_diverges_writes_no_network(
    run: Callable[..., Path], tmp_path: Path
) -> None:
    wild = recipe(optimizer='sgd', learning_rate=1e30, clip=0.0)
    with pytest.raises(DivergedError, match='start it with a lower --learning-rate'):
        run(recipe=wild)
    assert not list((tmp_path / 'run').glob('*.safetensors'))


def test_copy_paste_without_a_rare_class_is_refused(
    run: Callable[..., Path], frames: LabelledFrames, tmp_path: Path
) -> None:
    label = tmp_path / 'label.png'
    cv2.imwrite(str(label), np.arange(96 * 128, dtype=np.uint8).reshape(96, 128) % 4)
    even = replace(frames, pairs=tuple((image, label) for image, _ in frames.pairs))
    pasting = recipe(Augmentation((64, 96), copy_paste=0.5))
    with pytest.raises(ValueError, match=r'no class of CamVid is rare .* leave copy_paste at 0'):
        run(training=even, recipe=pasting)


def test_half_precision_trains_float32_weights(run: Callable[..., Path]) -> None:
    tensors = weights(run(hardware=Hardware(precision='bf16-mixed'))).values()
    assert {t.dtype for t in tensors if t.is_floating_point()} == {torch.float32}
    assert all(t.isfinite().all() for t in tensors)


def test_the_paper_s_recipe_trains(run: Callable[..., Path]) -> None:
    short = overridden(RECIPES['paper'], epochs=2, batch_size=2, crop=(64, 96))
    assert all(t.isfinite().all() for t in weights(run(recipe=short)).values())


def test_teacher_is_imitated_and_not_trained(
    run: Callable[..., Path], make_network: Callable[..., LPSNet], network: LPSNet
) -> None:
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    alone = run('alone')
    network.load_state_dict(start)
    teacher = make_network((1,))
    teacher.info = network.info
    before = {name: tensor.clone() for name, tensor in teacher.state_dict().items()}
    taught = run('taught', teacher=teacher)
    assert all(torch.equal(t, before[name]) for name, t in teacher.state_dict().items())
    pupil = weights(taught)
    assert pupil.keys() == start.keys()
    assert not torch.equal(pupil['head.weight'], weights(alone)['head.weight'])


def test_log_holds_the_recipe_and_the_loss(run: Callable[..., Path]) -> None:
    log = run() / 'log' / 'version_0'
    assert 'learning_rate: 0.003' in (log / 'hparams.yaml').read_text()
    with (log / 'metrics.csv').open(newline='') as rows:
        losses = [float(row['loss']) for row in csv.DictReader(rows)]
    assert len(losses) == EPOCHS


def test_tensorboard_is_written_where_it_is_installed(run: Callable[..., Path]) -> None:
    pytest.importorskip('tensorboard')
    assert list((run() / 'log' / 'version_0').glob('events.out.tfevents.*'))


def test_quiet_run_prints_nothing(
    run: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    run(progress=False)
    assert capfd.readouterr() == ('', '')
