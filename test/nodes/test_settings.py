"""The table of parameters."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lpsnet_ros.nodes.settings import SETTINGS, Settings


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        ({'backend': 'quantum'}, 'one of auto, '),
        ({'frame_size': '720'}, 'WIDTHxHEIGHT'),
        ({'resolution': 0.1}, '0.25..2.0'),
        ({'image_transport': 'theora'}, 'one of raw, compressed'),
        ({'cameras': ('front', '1st')}, "begin with a letter, got '1st'"),
        ({'cameras': ('front', 'front')}, "'front' stands twice"),
    ],
)
def test_a_value_that_is_not_allowed_says_what_is(values: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings().changed(values)


@pytest.mark.parametrize(
    ('cameras', 'names'),
    [(('',), ('',)), ((), ('',)), (('front', 'left'), ('front', 'left')), (('', 'a'), ('a',))],
)
def test_no_names_mean_one_camera_without_a_name(
    cameras: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert Settings().changed({'cameras': cameras}).camera_names == names


def test_defaults_are_within_their_own_ranges() -> None:
    for setting in SETTINGS.values():
        within = setting.metadata['within']
        assert within is None or within[0] <= setting.default <= within[1]


def test_the_configuration_file_repeats_the_defaults() -> None:
    file = Path(__file__).parents[2] / 'config' / 'lpsnet.yaml'
    values = yaml.safe_load(file.read_text())['/**']['ros__parameters']
    lists = {name: tuple(v) for name, v in values.items() if isinstance(v, list)}
    assert {**values, **lists} == {name: s.default for name, s in SETTINGS.items()}
