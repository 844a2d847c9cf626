"""Going on after a kill, bit for bit, and refusing the state of another run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from lpsnet_ros.network import CAMVID, LPSNet, NetworkInfo, load_checkpoint
from lpsnet_ros.training.augment import Augmentation
from lpsnet_ros.training.datasets import LabelledFrames, open_dataset
from lpsnet_ros.training.recipe import Recipe, Schedule, overridden
from lpsnet_ros.training.resume import AtomicCheckpoints
from lpsnet_ros.training.train import train

EVERYTHING = Recipe(
    Schedule(epochs=3, batch_size=2, optimizer='muon', ema=0.9),
    augmentation=Augmentation((64, 96), copy_paste=0.5),
    balanced=0.5,
)
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


def start(folder: Path, frames: LabelledFrames, recipe: Recipe = EVERYTHING, **options) -> Path:
    torch.manual_seed(0)
    network = LPSNet.from_scale('tiny', num_classes=11, identity=True)
    network.info = NetworkInfo(CAMVID, training_size=(192, 256))
    options = {'workers': 0, 'progress': False} | options
    return train(network, frames, None, folder, recipe, **options)


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
        ({}, {'seed': 1}, r'seed 0 \(this one: 1\)'),
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
    with pytest.raises(ValueError, match=r'frames 6 \(this one: 5\)'):
        start(finished, frames.subset(range(5)))


def test_folder_of_another_network_is_refused(
    finished: Path, frames: LabelledFrames, make_network: Callable[..., LPSNet]
) -> None:
    network = make_network((0.5,))
    network.info = NetworkInfo(CAMVID)
    with pytest.raises(ValueError, match=r'last\.ckpt is of another network: give another output'):
        train(network, frames, None, finished, EVERYTHING, workers=0, progress=False)


def test_damaged_state_is_refused(frames: LabelledFrames, tmp_path: Path) -> None:
    (tmp_path / 'last.ckpt').write_bytes(b'PK no checkpoint')
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
