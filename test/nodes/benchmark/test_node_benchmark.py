"""``lpsnet benchmark --node`` with real processes over DDS, as short as it can be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lpsnet_ros.cli.main import main
from lpsnet_ros.nodes.benchmark import camera_rates
from lpsnet_ros.nodes.benchmark.results import NODE_STAGES
from lpsnet_ros.nodes.benchmark.run import BLOCK_FRAMES, RATE_BLOCK_S, RATE_HZ


def test_it_times_engine_node_and_transport_and_accounts_for_every_frame(
    ros_environment: None, models_dir: Path, tmp_path: Path
) -> None:
    arguments = [
        '--model', models_dir / 'lpsnet_tiny_random.safetensors', '--size', '96x128',
        '--backend', 'cpu', '--threads', '1', '--rounds', '1', '--frames', '2',
        '--output', tmp_path / 'node',
    ]  # fmt: skip
    done = CliRunner().invoke(main, ['benchmark', '--node', *map(str, arguments)])
    assert done.exit_code == 0, done.output
    assert 'The node adds' in done.output
    assert (
        (tmp_path / 'node' / 'benchmark.md').read_text().startswith('lpsnet_tiny_random, 96x128')
    )
    document = json.loads((tmp_path / 'node' / 'benchmark.json').read_text())
    assert document['versions']['rmw']
    (case,) = document['cases']
    assert case['engine']['threads'] == 1
    assert case['engine']['model'] == 'lpsnet_tiny_random', 'a path is of one machine only'
    for series in ('engine_alone', 'frame_transport', 'mask_transport'):
        assert len(case[series]['times_ms']) == BLOCK_FRAMES
        assert case[series]['best'] > 0
    single, streamed = case['one_by_one'], case['at_rate']
    assert single['sent'] == len(single['end_to_end']['times_ms']) == BLOCK_FRAMES
    assert streamed['sent'] == RATE_BLOCK_S * RATE_HZ
    assert 1 <= len(streamed['end_to_end']['times_ms']) <= streamed['sent']
    assert list(single['stages']) == list(NODE_STAGES)
    for in_node, engine in zip(
        single['in_node']['times_ms'], single['stages']['engine']['times_ms'], strict=True
    ):
        assert in_node > engine > 0
    assert single['end_to_end']['best'] > single['stages']['engine']['best']


def test_several_cameras_are_compared_with_one(
    ros_environment: None, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_rates, 'BLOCK_S', 1.0)
    arguments = [
        '--model', models_dir / 'lpsnet_s_random.safetensors', '--size', '480x640',
        '--backend', 'cpu', '--threads', '1', '--rounds', '1', '--cameras', '2',
        '--output', tmp_path,
    ]  # fmt: skip
    done = CliRunner().invoke(main, ['benchmark', '--node', *map(str, arguments)])
    assert done.exit_code == 0, done.output
    assert '2 cameras together get' in done.output
    (case,) = json.loads((tmp_path / 'benchmark.json').read_text())['cases']
    assert case['case']['cameras'] == ['camera_1', 'camera_2']
    assert all(count > 1 for count in case['masks'].values())
    assert case['one_hz'][0] > 0
    assert case['ratio'] == case['all_hz'][0] / case['one_hz'][0]


@pytest.mark.parametrize(
    ('arguments', 'complaint'),
    [
        (['--node', '--peers', 'eager'], '--peers has no meaning with --node'),
        (['--node', '--plot', 'plot.png'], '--plot has no meaning with --node'),
        (['--node', '--threads', '1,2'], 'give one number of --threads'),
        (['--node', '--model', 'huge'], "no model 'huge'"),
        (['--node', '--source', 'absent.mp4'], "no source 'absent.mp4'"),
        (['--cameras', '2'], '--cameras goes with --node'),
        (['--fastdds-profile', __file__], '--fastdds-profile goes with --node'),
        (['--node', '--fastdds-profile', 'absent.xml'], "'absent.xml' does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused_before_measuring(
    arguments: list[str], complaint: str
) -> None:
    done = CliRunner().invoke(main, ['benchmark', *arguments])
    assert done.exit_code != 0
    assert complaint in ' '.join(done.output.split())
