"""A folder of two models with results as the commands keep them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lpsnet_ros.engine.fingerprint import weights_digest
from lpsnet_ros.engine.zoo.results import evaluation_file, latency_file, write_result
from lpsnet_ros.network import CAMVID, LPSNet, load_checkpoint, save_checkpoint


def evaluation(weights: str, miou: float) -> dict[str, Any]:
    """Return what of ``lpsnet evaluate``'s JSON is read again."""
    per_class = dict.fromkeys(CAMVID.names, 0.5) | {'sky': 0.914, 'fence': None}
    return {
        'model': {'name': 'scored', 'weights': weights},
        'data': {'name': 'Street', 'splits': ['val'], 'drives': ['A']},
        'frames': 7,
        'miou': miou,
        'pixel_accuracy': 0.891,
        'per_class': per_class,
        'engines': [{'backend': 'cpu', 'precision': 'bf16', 'resolution': 2.0}],
    }


def times(**p50: float) -> dict[str, Any]:
    """Return what of ``lpsnet models plot``'s JSON is read again."""
    return {
        'date': '2026-11-23T10:00:00+00:00',
        'backend': 'cpu',
        'precision': 'bf16',
        'frame_size': [96, 128],
        'threads': 2,
        'machine': {'gpu': None, 'processor': 'Abacus', 'load_average': 0.0, 'usable_cores': 2},
        'versions': {'torch': '2.13.0'},
        'models': {name: {'p50': value, 'p95': 2 * value} for name, value in p50.items()},
    }


@pytest.fixture
def models(small_network: LPSNet, tmp_path: Path) -> Path:
    """Two models; both were evaluated, one of them with the weights of another file."""
    folder = tmp_path / 'models'
    folder.mkdir()
    for name, weights, miou in (
        ('grown_1', None, 0.4),
        ('lpsnet_s_street', 'ad7ba38659e5f3dd', 0.6),
    ):
        path = save_checkpoint(small_network.folded(), folder / f'{name}.safetensors')
        weights = weights or weights_digest(load_checkpoint(path))
        write_result(evaluation_file(path, 'unseen'), evaluation(weights, miou))
    results = times(grown_1=4.25, lpsnet_s_street=10.0)
    write_result(latency_file(folder, 'cpu', 'bf16'), results)
    return folder
