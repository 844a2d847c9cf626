"""The checkpoints that come with the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from golden.logits import golden_file, logits_of

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.zoo import find_checkpoint, list_models, read_entry
from lpsnet_ros.engine.zoo.card import card, card_file, digest
from lpsnet_ros.engine.zoo.index import index, index_file
from lpsnet_ros.engine.zoo.names import checkpoints
from lpsnet_ros.engine.zoo.results import read_evaluations
from lpsnet_ros.network import CAMVID, SCALES, load_checkpoint
from lpsnet_ros.resources import data_folder
from lpsnet_ros.training.datasets import open_dataset
from lpsnet_ros.training.evaluate import evaluate

MODELS = data_folder('models')
every_checkpoint = pytest.mark.parametrize(
    'path', checkpoints(), ids=[path.stem for path in checkpoints()]
)


@every_checkpoint
def test_checkpoint_is_deployed_and_its_metadata_complete(path: Path) -> None:
    network = load_checkpoint(path)
    assert network.is_folded
    assert network.info.dataset
    assert network.info.licence
    assert network.info.training_size
    assert network.info.metrics
    assert len(network.info.classes) == network.num_classes


@every_checkpoint
def test_name_says_scale_and_data(path: Path) -> None:
    entry = read_entry(path)
    scale, data = path.stem.removeprefix('lpsnet_').split('_')
    assert entry.architecture == SCALES[scale]
    assert data == entry.info.dataset.lower()


@every_checkpoint
def test_weights_are_those_that_were_scored(path: Path) -> None:
    entry = read_entry(path)
    own = {e.name: e.miou for e in read_evaluations(path) if e.weights == digest(entry)}
    assert own
    for name, miou in own.items():
        assert entry.info.metrics[name] == pytest.approx(miou, abs=1e-4)


@every_checkpoint
def test_card_holds_the_measured_numbers_and_says_how_it_was_made(path: Path) -> None:
    entry = read_entry(path)
    page = card_file(entry).read_text()
    assert page == card(entry), 'run "lpsnet models card --write"'
    assert 'lpsnet train' in page.partition('## How it was made')[2]


def test_index_holds_the_measured_numbers() -> None:
    page = index_file(MODELS).read_text()
    assert page == index(list_models(MODELS).entries, MODELS), 'run "lpsnet models card --write"'


@every_checkpoint
def test_logits_are_those_stored(path: Path) -> None:
    """Notice a changed file or a network that computes something else."""
    expected = np.load(golden_file(path))
    np.testing.assert_allclose(logits_of(path), expected, rtol=1e-3, atol=1e-3)


def test_scale_s_segments_real_streets(camvid_root: Path) -> None:
    network = load_checkpoint(find_checkpoint('s'))
    assert network.info.classes == CAMVID
    frames = open_dataset('camvid', camvid_root, ['val']).subset([0, 50])
    assert evaluate(network, frames).miou > 0.5


def test_bf16_gives_the_classes_of_fp32_on_real_frames(camvid_root: Path) -> None:
    frames = open_dataset('camvid', camvid_root, ['val']).subset([0, 100])
    for number in range(len(frames)):
        frame = frames.image(number)
        masks = [
            Engine.load('s', frame.shape[:2], backend='cpu', precision=precision)(frame)
            for precision in ('fp32', 'bf16')
        ]
        assert np.mean(masks[0] == masks[1]) >= 0.995
