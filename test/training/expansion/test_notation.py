"""Architectures as text and as JSON."""

from __future__ import annotations

import json

import pytest

from lpsnet_ros.network import SCALES, Architecture
from lpsnet_ros.training.expansion.notation import from_json, parse_architecture, to_json

ODD = Architecture((1, 2, 3, 4, 5), (4, 8, 16, 32, 48), (0.875, 0.125))


@pytest.mark.parametrize('architecture', [*SCALES.values(), ODD])
def test_name_is_read_back(architecture: Architecture) -> None:
    assert parse_architecture(architecture.name) == architecture


@pytest.mark.parametrize('text', ['', 'xl', 'd1-1-1-1-1_w4-8-16-32-32', 'd1_w1_r1', 'd-_w-_r-'])
def test_text_that_is_no_architecture_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match='no architecture'):
        parse_architecture(text)


def test_json_is_read_back() -> None:
    assert from_json(json.loads(json.dumps({**to_json(ODD), 'ms': 3}))) == ODD
