"""Going on after a kill, bit for bit, and refusing the state of another run."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lpsnet_ros.network import (
    CAMVID,
    SCALES,
    Architecture,
    LPSNet,
    NetworkInfo,
    load_checkpoint,
)
from lpsnet_ros.training.augment import Augmentation
from lpsnet_ros.training.datasets import LabelledFrames, open_dataset
from lpsnet_ros.training.recipe import Objective, Recipe, Schedule, overridden
from lpsnet_ros.training.resume import AtomicCheckpoints
from lpsnet_ros.training.train import train

EVERYTHING = Recipe(
    Schedule(epochs=3, batch_size=2, optimizer='muon', ema=0.9),
    Objective(auxiliary=0.5),
    augmentation=Augmentation((64, 96), copy_paste=0.5),
    balanced=0.5,
)
TINY = SCALES['tiny']
READ_BEFORE_THE_KILL = 14
START_SECONDS = 240


@dataclass(frozen=True)
class HaltingFrames(LabelledFrames):
    """Frames that leave a mark after some pictures and then wait to be killed."""

    mark: Path = Path()

    def image(self, index: int) -> np.ndarray:
        self.mark.open('a').write('.')
        while self.mark.stat().st_size >= READ_BEFORE_THE_KILL:
            time.sleep(1)
        return super().image(index)


def new(architecture: Architecture = TINY, identity: bool = True) -> LPSNet:
    torch.manual_seed(0)
    network = LPSNet.from_architecture(architecture, num_classes=11, identity=identity)
    network.info = NetworkInfo(CAMVID, training_size=(192, 256))
    return network


def start(folder: Path, frames: LabelledFrames, recipe: Recipe = EVERYTHING, **options) -> Path:
    arguments = {'network': new(), 'validation': None, 'workers': 0, 'progress': False} | options
    return train(training=frames, output=folder, recipe=recipe, **arguments)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Compute on one thread: sums over several differ in the last bit with their number."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def start_and_halt(folder: Path, root: Path, mark: Path) -> None:
    torch.set_num_threads(1)
    frames = HaltingFrames(**vars(open_dataset('camvid', root, ['train'])), mark=mark)
    start(folder, frames, workers=1)


def written_tensors(folder: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(folder / 'network.safetensors').state_dict()


@pytest.fixture
def frames(street_root: Path) -> LabelledFrames:
    return open_dataset('camvid', street_root, ['train'])


def test_run_killed_in_an_epoch_ends_as_if_nothing_had_been(
    frames: LabelledFrames, street_root: Path, tmp_path: Path
) -> None:
    mark = tmp_path / 'mark'
    arguments = (tmp_path / 'cut', street_root, mark)
    child = multiprocessing.get_context('spawn').Process(target=start_and_halt, args=arguments)
    child.start()
    deadline = time.monotonic() + START_SECONDS
    while not mark.exists() or mark.stat().st_size < READ_BEFORE_THE_KILL:
        assert child.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    mark.unlink()  # lets the loader's process end, which waits on
    assert (tmp_path / 'cut' / 'last.ckpt').is_file()
    assert not (tmp_path / 'cut' / 'network.safetensors').exists()

    start(tmp_path / 'cut', frames)
    start(tmp_path / 'whole', frames)
    whole = written_tensors(tmp_path / 'whole')
    for name, tensor in written_tensors(tmp_path / 'cut').items():
        assert torch.equal(tensor, whole[name]), name


def test_finished_run_with_averaging_writes_the_average_again(
    frames: LabelledFrames, tmp_path: Path
) -> None:
    start(tmp_path, frames)
    before = written_tensors(tmp_path)
    start(tmp_path, frames)
    assert all(torch.equal(t, before[name]) for name, t in written_tensors(tmp_path).items())


@pytest.mark.parametrize(
    ('changes', 'options', 'message'),
    [
        ({'epochs': 4}, {}, r'of a run with epochs 3 \(this one: 4\): repeat the command'),
        ({'ema': 0.0}, {}, r'ema 0\.9 \(this one: 0\.0\)'),
        ({'crop': (96, 96)}, {}, r'crop \[64, 96\] \(this one: \[96, 96\]\)'),
        ({'loss': 'ohem', 'clip': 1.0}, {}, r'clip 5\.0 \(.*\), loss ce \(this one: ohem\)'),
        ({'zoom': (1.0, 2.0)}, {}, r'zoom \[0\.65, 2\.0\] \(this one: \[1\.0, 2\.0\]\)'),
        ({}, {'seed': 1}, r'seed 0 \(this one: 1\)'),
        ({}, {'origin': 'a.safetensors'}, r'weights None \(this one: a\.safetensors\)'),
    ],
)
def test_folder_of_another_run_is_refused(
    finished: Path, frames: LabelledFrames, changes: dict, options: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        start(finished, frames, overridden(EVERYTHING, **changes), **options)


@pytest.fixture(scope='module')
def finished(street_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('finished')
    start(folder, open_dataset('camvid', street_root, ['train']))
    return folder


def test_folder_of_a_run_on_other_frames_is_refused(
    finished: Path, frames: LabelledFrames
) -> None:
    with pytest.raises(ValueError, match=r'frames 6 \(\w{8}\) \(this one: 5 \(\w{8}\)\)'):
        start(finished, frames.subset(range(5)))


def test_folder_of_a_run_on_as_many_other_frames_is_refused(
    frames: LabelledFrames, tmp_path: Path
) -> None:
    start(tmp_path, frames.subset([0, 1, 2]), validation=frames.subset([3]))
    changed = r'of a run with {} \d \((\w{{8}})\) \(this one: \d \((?!\1)\w{{8}}\)\): repeat'
    with pytest.raises(ValueError, match=changed.format('frames')):
        start(tmp_path, frames.subset([0, 1, 3]), validation=frames.subset([3]))
    with pytest.raises(ValueError, match=changed.format('held_out')):
        start(tmp_path, frames.subset([0, 1, 2]), validation=frames.subset([4]))


def test_other_classes_or_another_enlargement_are_refused(
    finished: Path, frames: LabelledFrames
) -> None:
    swapped = new()
    names = (*CAMVID.names[1:], CAMVID.names[0])
    swapped.info = replace(swapped.info, classes=replace(CAMVID, names=names))
    with pytest.raises(ValueError, match=r"classes \['sky', 'building', .*this one: \['building'"):
        start(finished, frames, network=swapped)
    with pytest.raises(ValueError, match=r'upscale 2\.0 \(this one: 1\.0\)'):
        start(finished, replace(frames, upscale=1.0))


@pytest.mark.parametrize(
    ('changes', 'identity', 'message'),
    [
        ({'depth': (1, 1, 1, 1, 2)}, True, r'network tiny \(this one: d1-1-1-1-2_w.*\)'),
        # Its tensors have the same shapes.
        ({'resolution': (0.75,)}, True, r'network tiny \(this one: d1-.*_r0\.75\)'),
        ({'aligned': True}, True, r'aligned False \(this one: True\)'),
        ({'output_stride': 8}, True, r'output_stride 16 \(this one: 8\)'),
        ({}, False, r'identity True \(this one: False\)'),
    ],
)
def test_folder_of_another_network_is_refused(
    finished: Path, frames: LabelledFrames, changes: dict, identity: bool, message: str
) -> None:
    network = new(replace(TINY, **changes), identity)
    with pytest.raises(ValueError, match=rf'last\.ckpt is of a run with {message}: repeat'):
        start(finished, frames, network=network)


def test_folder_of_a_run_with_another_teacher_is_refused(
    frames: LabelledFrames, make_network: Callable[..., LPSNet], tmp_path: Path
) -> None:
    recipe = overridden(EVERYTHING, epochs=1)
    teacher = make_network((1,))
    teacher.info = new().info
    start(tmp_path, frames, recipe, teacher=teacher)
    start(tmp_path, frames, recipe, teacher=teacher)
    with torch.no_grad():
        teacher.head.bias += 1
    with pytest.raises(ValueError, match=r'teacher (d1\S+) \w+ \(this one: \1 \w+\): repeat'):
        start(tmp_path, frames, recipe, teacher=teacher)


def test_parameters_of_a_run_are_readable(finished: Path) -> None:
    lines = (finished / 'log' / 'version_0' / 'hparams.yaml').read_text().splitlines()
    assert {'network: tiny', 'aligned: false', '- sky', 'optimizer: muon'} <= set(lines)
    assert any(re.fullmatch(r'frames: 6 \(\w{8}\)', line) for line in lines)


def test_damaged_state_is_refused(frames: LabelledFrames, tmp_path: Path) -> None:
    (tmp_path / 'last.ckpt').write_bytes(b'PK no checkpoint')
    with pytest.raises(ValueError, match=r'last\.ckpt is damaged: delete it to start'):
        start(tmp_path, frames)
    torch.save({'state_dict': {}}, tmp_path / 'last.ckpt')
    with pytest.raises(ValueError, match=r'last\.ckpt is damaged: delete it to start'):
        start(tmp_path, frames)


def test_checkpoint_is_replaced_in_one_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Path('/dev/shm')
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip('no second file system at /dev/shm')
    # What Lightning writes by itself goes through here, and is then copied over the old file.
    monkeypatch.setattr(tempfile, 'tempdir', str(elsewhere))
    target, old = tmp_path / 'last.ckpt', tmp_path / 'old'
    AtomicCheckpoints().save_checkpoint({'epoch': 1}, target)
    old.hardlink_to(target)
    AtomicCheckpoints().save_checkpoint({'epoch': 2}, target)
    assert [torch.load(path)['epoch'] for path in (old, target)] == [1, 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ['last.ckpt', 'old']
