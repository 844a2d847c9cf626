"""The configurations for RViz and Foxglove show what the node publishes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install .[ros]')

import yaml

from lpsnet_ros.nodes.statistics import STAGES

ROOT = Path(__file__).parents[1]


def published_topics() -> set[str]:
    page = (ROOT / 'docs' / 'lpsnet_node.md').read_text()
    topics = re.findall(r'^\| out `(\S+)`', page, re.MULTILINE)
    return {topic.replace('~', '/lpsnet') for topic in topics}


def panels(arrangement: str | dict) -> Iterator[str]:
    if isinstance(arrangement, str):
        yield arrangement
    else:
        yield from panels(arrangement['first'])
        yield from panels(arrangement['second'])


def test_rviz_shows_images_of_the_node_reliably() -> None:
    config = yaml.safe_load((ROOT / 'config' / 'lpsnet.rviz').read_text())
    displays = config['Visualization Manager']['Displays']
    assert {d['Class'] for d in displays} == {'rviz_default_plugins/Image'}
    assert {d['Topic']['Value'] for d in displays} <= published_topics()
    assert {d['Topic']['Reliability Policy'] for d in displays} == {'Reliable'}
    assert [d['Name'] for d in displays if d['Enabled']] == ['Overlay']


def test_foxglove_shows_topics_of_the_node() -> None:
    layout = json.loads((ROOT / 'config' / 'lpsnet_foxglove.json').read_text())
    configs = layout['configById']
    assert sorted(panels(layout['layout'])) == sorted(configs)
    images = {c['imageMode']['imageTopic'] for c in configs.values() if 'imageMode' in c}
    assert images == {'/lpsnet/overlay', '/lpsnet/mask'} <= published_topics()
    diagnosed = {c['topicToRender'] for c in configs.values() if 'topicToRender' in c}
    assert diagnosed == {'/diagnostics'} <= published_topics()


def test_foxglove_plots_every_stage_of_a_frame() -> None:
    layout = json.loads((ROOT / 'config' / 'lpsnet_foxglove.json').read_text())
    plotted = [s['value'] for c in layout['configById'].values() for s in c.get('paths', ())]
    path = '/lpsnet/latency.status[0].values[:]{{key=="{}"}}.value'
    assert plotted == [path.format(stage) for stage in STAGES]
    assert '/lpsnet/latency' in published_topics()
