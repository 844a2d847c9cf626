"""``lpsnet latency-table``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lpsnet_ros.cli.main import main
from lpsnet_ros.network import SCALES
from lpsnet_ros.training.expansion.latency_table import LatencyTable

SMALL = ('--repeats', 0, '--rounds', 2)


@pytest.fixture
def measure(tmp_path: Path) -> Callable[..., Result]:
    def run(*options: object) -> Result:
        arguments = ['latency-table', tmp_path / 'here.json', *options]
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return run


def test_table_is_measured_and_extended(measure: Callable[..., Result], tmp_path: Path) -> None:
    first = measure(*SMALL, '--size', '48x64', '--backend', 'cpu', '--classes', 11)
    assert first.exit_code == 0, first.output
    table = LatencyTable.load(tmp_path / 'here.json')
    assert list(table.latencies) == [SCALES['tiny']]
    assert (table.device.size, table.device.backend) == ((48, 64), 'cpu')
    assert table.device.precision != 'auto'
    assert table.context['versions']['torch']

    second = measure(*SMALL, '--architecture', 'd1-1-1-1-1_w4-8-16-32-32_r0.75')
    assert second.exit_code == 0, second.output
    extended = LatencyTable.load(tmp_path / 'here.json')
    assert extended.latencies[SCALES['tiny']] == table.latencies[SCALES['tiny']]
    assert len(extended.latencies) == 2
    assert '2 latencies in' in second.output
    assert 'can not be estimated: 2 measured latencies are too few' in second.output


def test_plan_is_listed_without_measuring(measure: Callable[..., Result], tmp_path: Path) -> None:
    listed = measure('--list', '--around', 's', '--repeats', 1, '--sample', 5)
    assert listed.exit_code == 0, listed.output
    names = listed.output.split()
    assert names[0] == 's'
    # M is S with path 1 at 7/8 and more; one move, made once, does not lead there.
    assert len(set(names)) == len(names) == 1 + 10 + 5
    assert not (tmp_path / 'here.json').exists()


def test_new_table_needs_a_size(measure: Callable[..., Result]) -> None:
    result = measure(*SMALL)
    assert result.exit_code == 2
    assert 'is new: give the frame size, --size' in result.output


def test_other_device_is_refused(measure: Callable[..., Result], tmp_path: Path) -> None:
    assert measure(*SMALL, '--size', '48x64').exit_code == 0
    other_size = measure(*SMALL, '--size', '96x128')
    assert other_size.exit_code == 2
    assert '48x64 frames' in other_size.output
    assert 'leave --size out' in other_size.output
    path = tmp_path / 'here.json'
    values = json.loads(path.read_text())
    values['machine']['processor'] = 'Cortex-A78AE'
    path.write_text(json.dumps(values))
    other_machine = measure(*SMALL)
    assert other_machine.exit_code == 1
    assert 'was measured on Cortex-A78AE' in other_machine.output


def test_unknown_architecture_is_one_line(measure: Callable[..., Result]) -> None:
    result = measure('--around', 'huge', '--list')
    assert result.exit_code == 1
    assert "Error: no architecture 'huge'" in result.output
