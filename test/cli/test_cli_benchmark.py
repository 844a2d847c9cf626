"""``lpsnet benchmark`` on a tiny network."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from lpsnet_ros.cli.main import main


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def benchmark(*arguments: object) -> Result:
    fixed = ['--backend', 'cpu', '--rounds', '2', '--frames', '2']
    return CliRunner().invoke(main, ['benchmark', *fixed, *map(str, arguments)])


def test_it_prints_a_table_and_where_it_is_from(small_checkpoint: Path) -> None:
    result = benchmark('--model', small_checkpoint, '--size', '48x64', '--peers', 'eager')
    assert result.exit_code == 0, result.output
    for part in ('48x64 frames', '| lpsnet_ros', '| bare network', '| eager', 'frames: street'):
        assert part in result.output


def test_json_holds_every_model_and_size_and_the_scaling(
    small_checkpoint: Path, tmp_path: Path
) -> None:
    file = tmp_path / 'numbers.json'
    result = benchmark(
        '--model', f'{small_checkpoint},tiny', '--size', '48x64,32x32', '--threads', '1,2',
        '--resolutions', '32x32,48x64', '--peers', 'none', '--json', file,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    document = json.loads(file.read_text())
    compared = [(c['case']['model'], c['case']['size']) for c in document['comparisons']]
    names = ('small', 'lpsnet_tiny_camvid')
    assert compared == [(name, size) for name in names for size in ([48, 64], [32, 32])]
    assert [c['case']['threads'] for c in document['over_threads']] == [1, 2]
    assert [c['case']['size'] for c in document['over_sizes']] == [[32, 32], [48, 64]]
    assert document['machine']['usable_cores'] >= 1
    assert document['versions']['torch'] == torch.__version__
    assert document['command'].split()[0] == 'lpsnet'


def test_output_gets_table_numbers_and_plot(small_checkpoint: Path, tmp_path: Path) -> None:
    pytest.importorskip('matplotlib', reason='matplotlib is not installed: pip install .[bench]')
    result = benchmark(
        '--model', small_checkpoint, '--size', '48x64', '--peers', 'none',
        '--output', tmp_path / 'new' / 'folder',
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    written = sorted(p.name for p in (tmp_path / 'new' / 'folder').iterdir())
    assert written == ['benchmark.json', 'benchmark.md', 'benchmark.png']


@pytest.mark.parametrize(
    ('arguments', 'complaint'),
    [
        (['--size', '720'], "'720' is no frame size: give height x width like 720x1280"),
        (['--size', '0x10'], 'is no frame size'),
        (['--threads', '0'], 'x>=1'),
        (['--peers', 'tvm'], "no peer 'tvm': choose from eager"),
        (['--model', 'huge'], "no model 'huge'"),
        (['--precision', 'fp64', '--peers', 'none'], "'fp64'"),
        (['--source', 'absent.mp4'], "no source 'absent.mp4'"),
    ],
)
def test_what_can_not_be_measured_is_an_error_that_names_the_fix(
    arguments: list[str], complaint: str
) -> None:
    result = benchmark(*arguments)
    assert result.exit_code != 0
    assert complaint in ' '.join(result.output.split())


def test_a_plot_without_matplotlib_is_refused_before_measuring(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name, *_: None)
    result = benchmark('--plot', tmp_path / 'plot.png')
    assert result.exit_code == 1
    assert 'pip install "lpsnet_ros[bench]"' in result.output
    assert '| lpsnet_ros' not in result.output
