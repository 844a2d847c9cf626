"""``lpsnet engine build | list | clear`` on a folder of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lpsnet_ros.cli.main import main
from lpsnet_ros.engine.cache import EngineCache


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Hold one artefact of seven bytes."""
    cache = EngineCache(tmp_path / 'engines')
    cache.store('plan', {'gpu': 'Voodoo 2'}, lambda path: path.write_bytes(b'content'))
    return cache.folder


def engine(*arguments: object, answer: str = '') -> Result:
    return CliRunner().invoke(main, ['engine', *map(str, arguments)], input=answer)


def test_build_gets_every_size_ready_and_says_how(small_checkpoint: Path, tmp_path: Path) -> None:
    cache_dir = tmp_path / 'engines'
    result = engine(
        'build', '--model', small_checkpoint, '--size', '48x64,32x32', '--backend', 'cpu',
        '--precision', 'fp32', '--resolution', '0.5', '--cache-dir', cache_dir,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.output.count('cpu fp32 on cpu (as asked for), resolution 0.5') == 2
    assert 'for 48x64 ...' in result.output
    assert cache_dir.is_dir()


@pytest.mark.parametrize(
    ('arguments', 'complaint'),
    [
        (['--model', 'huge', '--size', '48x64'], "no model 'huge'"),
        (['--size', '48x64', '--backend', 'abacus'], 'backend must be one of'),
        ([], "Missing option '--size'"),
    ],
)
def test_build_refuses_what_can_not_be(arguments: list[str], complaint: str) -> None:
    result = engine('build', *arguments)
    assert result.exit_code != 0
    assert complaint in result.output


def test_list_shows_kind_size_and_fields(folder: Path) -> None:
    result = engine('list', '--cache-dir', folder)
    assert result.exit_code == 0
    assert '  plan  0.0 KiB' in result.output
    assert 'gpu: Voodoo 2' in result.output
    assert f'1 kept in {folder}' in result.output


def test_list_as_json(folder: Path) -> None:
    listed = json.loads(engine('list', '--json', '--cache-dir', folder).stdout)
    assert listed['folder'] == str(folder)
    entry = listed['entries'][0]
    assert (entry['kind'], entry['bytes']) == ('plan', 7)
    assert entry['fields'] == {'gpu': 'Voodoo 2'}
    assert Path(entry['path']).is_file()


def test_an_absent_folder_holds_nothing(tmp_path: Path) -> None:
    absent = tmp_path / 'absent'
    assert '0 kept' in engine('list', '--cache-dir', absent).output
    assert 'deleted 0' in engine('clear', '--yes', '--cache-dir', absent).output
    assert not absent.exists()


@pytest.mark.parametrize(('flags', 'answer'), [((), 'y\n'), (('--yes',), '')])
def test_clear_deletes_when_told_so(folder: Path, flags: tuple[str, ...], answer: str) -> None:
    result = engine('clear', '--cache-dir', folder, *flags, answer=answer)
    assert result.exit_code == 0
    assert result.output.endswith('deleted 1\n')
    assert list(folder.iterdir()) == []


def test_clear_asks_and_keeps_everything_at_no(folder: Path) -> None:
    before = sorted(folder.iterdir())
    result = engine('clear', '--cache-dir', folder, answer='n\n')
    assert result.exit_code == 1
    assert f'delete 1 kept in {folder}?' in result.output
    assert sorted(folder.iterdir()) == before
