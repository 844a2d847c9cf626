"""What travels with the weights."""

from __future__ import annotations

import json

import pytest

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
