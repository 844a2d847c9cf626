"""``lpsnet doctor`` on this machine, whatever it can do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import lpsnet_ros.cli.doctor as command
import lpsnet_ros.engine.doctor as examination
from lpsnet_ros.cli.main import main
from lpsnet_ros.engine.backends import BACKENDS


def doctor(model: Path, *arguments: str) -> Result:
    # Where a processor multiplies bf16 that is the default, and it flips pixels of random weights.
    fixed = ['--model', str(model), '--size', '48x64', '--rounds', '2', '--precision', 'fp32']
    return CliRunner().invoke(main, ['doctor', *fixed, *arguments])


def test_it_says_what_every_back_end_can_do_and_why_not(small_checkpoint: Path) -> None:
    result = doctor(small_checkpoint)
    assert result.exit_code == 0, result.output
    for name, backend in BACKENDS.items():
        assert f'{name} (' in result.output
        assert (backend.unavailable() or 'p50') in result.output
    for part in ('python', 'torch_tensorrt', 'triton', 'rclpy', 'rmw', 'private and writable'):
        assert part in result.output


def test_json_holds_the_same(small_checkpoint: Path, tmp_path: Path) -> None:
    result = doctor(small_checkpoint, '--json', '--cache-dir', str(tmp_path / 'engines'))
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert [b['name'] for b in report['backends']] == list(BACKENDS)
    cpu = next(b for b in report['backends'] if b['name'] == 'cpu')
    assert cpu['good']
    assert cpu['agreement'] >= 99.5
    assert cpu['latency']['rounds'] == 2
    assert report['cache'] == {'folder': str(tmp_path / 'engines'), 'obstacle': None}
    assert {'torch', 'rclpy', 'rmw'} <= set(report['versions'])


def test_it_fails_where_nothing_works(
    small_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for backend in BACKENDS.values():
        monkeypatch.setattr(backend, 'unavailable', classmethod(lambda cls: 'no current'))
    result = doctor(small_checkpoint)
    assert result.exit_code == 1
    assert result.output.count('NO: no current') == len(BACKENDS)
    assert 'no back end works here' in result.output


@pytest.mark.parametrize(
    ('precision', 'fix'),
    [('fp32', 'use another back end'), ('bf16', 'use --precision fp32')],
)
def test_masks_that_differ_come_with_the_fix(
    precision: str, fix: str, small_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, 'AGREEMENT_PERCENT', 101)
    result = doctor(small_checkpoint, '--precision', precision)
    assert result.exit_code == 1
    assert f'NO: its masks differ too much from fp32: {fix}' in result.output


def test_a_cache_that_others_may_write_to_is_named(small_checkpoint: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    result = doctor(small_checkpoint, '--cache-dir', str(tmp_path))
    assert 'can be written by somebody else: chmod 700 it' in result.output


@pytest.mark.parametrize(
    ('probe', 'rclpy'),
    [
        ('raise ModuleNotFoundError("No module named \'rclpy\'")', None),
        ("raise ImportError('wrong Python')", 'can not be imported: ImportError: wrong Python'),
        ('import os; os.abort()', 'can not be imported: exit code -6'),
        ("print('9.9'); print('rmw_x')", '9.9'),
    ],
)
def test_ros_is_looked_for_without_importing_it(
    probe: str, rclpy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, 'ROS_PROBE', probe)
    monkeypatch.delenv('RMW_IMPLEMENTATION', raising=False)
    expected = {'rclpy': rclpy, 'rmw': 'rmw_x' if rclpy == '9.9' else None}
    assert command.ros_versions() == expected
