"""What travels with the weights."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from lpsnet_ros.network import CAMVID, LPSNet, NetworkInfo


def test_info_survives_json(small_network: LPSNet) -> None:
    info = small_network.info
    assert NetworkInfo.from_dict(json.loads(json.dumps(info.to_dict()))) == info


def test_defaults_survive_json() -> None:
    info = NetworkInfo(CAMVID)
    assert NetworkInfo.from_dict(json.loads(json.dumps(info.to_dict()))) == info


@pytest.mark.parametrize('key', ['classes', 'mean', 'training_size', 'licence'])
def test_missing_value_is_an_error(key: str) -> None:
    values = NetworkInfo(CAMVID).to_dict()
    del values[key]
    with pytest.raises(KeyError, match=key):
        NetworkInfo.from_dict(values)


def test_whole_numbers_are_as_good_as_others() -> None:
    info = NetworkInfo(CAMVID, mean=(0, 0, 0), std=(1, 1, 1))
    mean, std = info.pixel_statistics()
    assert (mean.dtype, std.dtype) == (torch.float32, torch.float32)
    assert (mean.tolist(), std.tolist()) == ([0.0] * 3, [255.0] * 3)


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'mean': (0.5, 0.5)}, 'mean must be three numbers'),
        ({'mean': (0.5, 0.5, float('nan'))}, 'mean must be three numbers'),
        ({'std': (1, 1, 0)}, 'std must be above 0'),
        ({'training_size': (360,)}, 'training_size must be'),
        ({'training_size': (0, 480)}, 'training_size must be'),
        ({'training_size': 'ab'}, 'invalid literal'),
    ],
)
def test_malformed_values_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetworkInfo(CAMVID, **values)
