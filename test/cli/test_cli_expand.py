"""``lpsnet expand``."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result

from lpsnet_ros.cli.main import main
from lpsnet_ros.engine import Engine
from lpsnet_ros.network import SCALES, Architecture, load_checkpoint, save_checkpoint
from lpsnet_ros.training.expansion.latency import Device
from lpsnet_ros.training.expansion.latency_table import LatencyTable
from lpsnet_ros.training.starting_network import find_architecture

TINY = SCALES['tiny']
# Leaves depth alone to grow, by one block a stage: three candidates in the first step.
SMALL = ('--max-width', 32, '--max-resolution', 0.5, '--max-depth', 2)
DEPTHS = [(1, 2, 2, 2, 2), (1, 1, 2, 2, 2), (1, 1, 1, 2, 2)]
PATHS = [(0.5, *[0.125 * n] * m) for n in (1, 2, 3, 4) for m in (1, 2)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Make up a device of one ms a block, and more for further paths."""
    grown = [
        Architecture(d, TINY.width, r) for d in [TINY.depth, *DEPTHS] for r in [(0.5,), *PATHS]
    ]
    latencies = {a: sum(a.depth) * (1 + 2.0 * (a.num_paths - 1)) for a in grown}
    path = tmp_path / 'device.json'
    machine = {'processor': 'made up', 'gpu': None}
    device = Device((96, 128), 11, 2.0, 'cpu', 'fp32')
    LatencyTable(device, {'machine': machine}, latencies).save(path)
    return path


@pytest.fixture
def arguments(street_root: Path, table: Path, tmp_path: Path) -> Callable[..., list[str]]:
    """Give the words of a command that trains each candidate for one epoch of two steps."""

    def words(*options: object) -> list[str]:
        command: list[object] = ['expand', '--data', street_root, '--holdout', 'B']
        command += ['--latency-table', table, '--output', tmp_path / 'run']
        command += ['--epochs', 2, '--candidate-epochs', 1, '--batch-size', 2, '--crop', 64, 96]
        return [str(word) for word in (*command, '--workers', 0, *SMALL, *options)]

    return words


@pytest.fixture
def expand(arguments: Callable[..., list[str]]) -> Callable[..., Result]:
    def run(*options: object) -> Result:
        return CliRunner().invoke(main, arguments(*options))

    return run


def journal(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a run's journal, but for the times."""
    for line in (folder / 'journal.jsonl').read_text().splitlines():
        entry = json.loads(line)
        yield {k: v for k, v in entry.items() if k not in ('elapsed', 'seconds')}


def assert_one_line(result: Result, words: str) -> None:
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in (1, 2)
    assert any('Error: ' in line and words in line for line in result.output.splitlines())


def test_run_leaves_tables_pictures_and_networks(
    expand: Callable[..., Result], tmp_path: Path
) -> None:
    result = expand('--steps', 1)
    assert result.exit_code == 0, result.output
    folder = tmp_path / 'run'
    assert {'report.md', 'pareto.png', 'slopes.png'} <= {p.name for p in folder.iterdir()}
    found = json.loads((folder / 'candidates.json').read_text())
    kinds = [network['kind'] for network in found['networks']]
    assert kinds[:2] == ['start', 'baseline']
    with (folder / 'candidates.csv').open(newline='') as rows:
        assert [row['kind'] for row in csv.DictReader(rows)] == kinds
    assert 'grown_1' in (folder / 'report.md').read_text()
    engine = Engine.load('grown_1', (96, 128), models_dir=folder / 'models')
    assert engine.provenance.resolution == 2.0
    grown = load_checkpoint(folder / 'models' / 'grown_1.safetensors').architecture
    assert find_architecture(str(folder / 'models' / 'grown_1.safetensors')) == grown != TINY

    refused = expand('--steps', 1, '--epochs', 3, '--seed', 5)
    assert_one_line(refused, 'epochs was 2, is 3; seed was 0, is 5. Repeat those')


def test_run_that_is_killed_goes_on_as_if_nothing_had_been(
    arguments: Callable[..., list[str]], expand: Callable[..., Result], tmp_path: Path
) -> None:
    command = [sys.executable, '-m', 'lpsnet_ros.cli.main', *arguments('--steps', 1)]
    environment = {**os.environ, 'OMP_NUM_THREADS': str(torch.get_num_threads())}
    with (tmp_path / 'output.txt').open('w') as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        written = tmp_path / 'run' / 'journal.jsonl'
        wait_for(lambda: written.is_file() and written.read_text().count('"score"') >= 3, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = list(journal(tmp_path / 'run'))
    assert 3 <= sum(entry['event'] == 'score' for entry in before) < 6

    resumed = expand('--steps', 1)
    assert resumed.exit_code == 0, resumed.output
    after = list(journal(tmp_path / 'run'))
    assert after[: len(before)] == before

    whole = expand('--steps', 1, '--output', tmp_path / 'whole')
    assert whole.exit_code == 0, whole.output
    assert list(journal(tmp_path / 'whole')) == after
    for name in ('grown_0', 'grown_1'):
        one, other = (
            load_checkpoint(tmp_path / run / 'models' / f'{name}.safetensors').state_dict()
            for run in ('run', 'whole')
        )
        assert all(torch.equal(one[key], tensor) for key, tensor in other.items())


def wait_for(
    condition: Callable[[], bool], process: subprocess.Popen, seconds: float = 120
) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, 'the process ended by itself'
        assert time.monotonic() < end, f'nothing within {seconds} s'
        time.sleep(0.02)


def test_budget_is_asked_for(expand: Callable[..., Result]) -> None:
    assert_one_line(expand(), 'say how far to grow: --steps, --hours or --target-ms')


def test_options_that_contradict_the_table_are_refused(expand: Callable[..., Result]) -> None:
    assert_one_line(expand('--steps', 1, '--size', '96x128'), 'leave --size out')


def test_missing_latency_names_the_command(expand: Callable[..., Result], table: Path) -> None:
    wider = expand('--steps', 1, '--max-width', 64)
    assert_one_line(wider, f'"lpsnet latency-table {table} --around tiny --repeats 0 --arch')
    (command,) = re.findall(f'"lpsnet (latency-table {table} .*?)"', wider.output)
    listed = CliRunner().invoke(main, [*command.split(), '--list'])
    wanted = re.findall(r'--architecture (\S+)', command)
    assert listed.output.split() == wanted != []


def test_target_below_the_start_is_refused(expand: Callable[..., Result]) -> None:
    assert_one_line(expand('--target-ms', 3), 'tiny takes 5.00 ms already')


@pytest.mark.parametrize('resolution', [1.0, 2.0])
def test_latencies_at_another_resolution_than_the_nodes_are_warned_of(
    expand: Callable[..., Result], table: Path, resolution: float
) -> None:
    values = json.loads(table.read_text())
    values['device']['resolution'] = resolution
    table.write_text(json.dumps(values))
    result = expand('--target-ms', 3)
    warned = 'WARNING: latencies are at resolution 1 of 96x128' in result.stderr
    assert warned is (resolution == 1)


def test_weight_of_a_teacher_that_is_not_there_is_refused(expand: Callable[..., Result]) -> None:
    for option in ('--distillation', '--temperature'):
        refused = expand('--steps', 1, option, 2)
        assert_one_line(refused, '--distillation and --temperature need a --teacher')


def test_unknown_drive_is_refused(expand: Callable[..., Result]) -> None:
    assert_one_line(expand('--steps', 1, '--holdout', 'Z'), "no frame of drive 'Z'")


def test_table_of_other_classes_is_refused(
    expand: Callable[..., Result], table: Path, tmp_path: Path
) -> None:
    values = json.loads(table.read_text())
    values['device']['num_classes'] = 19
    table.write_text(json.dumps(values))
    assert_one_line(expand('--steps', 1), 'measure one with lpsnet latency-table --classes 11')


def test_latencies_are_measured_here_without_a_table(
    street_root: Path, small_network: object, tmp_path: Path
) -> None:
    start = save_checkpoint(small_network, tmp_path / 'network.safetensors')
    words = [
        'expand',
        '--data',
        street_root,
        '--holdout',
        'B',
        '--start',
        start,
        '--size',
        '48x64',
    ]
    words += ['--output', tmp_path / 'run', '--target-ms', 1e-6, '--rounds', 1]
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert_one_line(result, 'ms already, more than the target')
    assert 'the network sees 4' not in result.output
