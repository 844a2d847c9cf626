"""Architectures as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

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


@pytest.mark.parametrize('options', [{}, {'aligned': True}, {'output_stride': 8}])
def test_json_is_read_back(options: dict[str, int]) -> None:
    architecture = replace(ODD, **options)
    again = from_json(json.loads(json.dumps({**to_json(architecture), 'ms': 3})))
    assert asdict(again) == asdict(architecture)


def test_json_from_before_alignment_and_finer_logits_has_neither() -> None:
    values = {name: getattr(ODD, name) for name in ('depth', 'width', 'resolution')}
    assert asdict(from_json(values)) == asdict(ODD)
