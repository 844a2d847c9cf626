"""Artefacts on disk that are only trusted when everything fits."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
from pathlib import Path

import pytest

from lpsnet_ros.engine.backends.trt_engine import TIMING_CACHE
from lpsnet_ros.engine.cache import ARTEFACT, SIDECAR, EngineCache, default_folder

FIELDS = {'gpu': 'Orin', 'torch': '2.13'}


def store(cache: EngineCache, content: bytes = b'engine', fields: dict[str, str] = FIELDS) -> Path:
    return cache.store('test', fields, lambda path: path.write_bytes(content), {'seconds': 3})


@pytest.fixture
def cache(tmp_path: Path) -> EngineCache:
    return EngineCache(tmp_path / 'engines')


def test_what_was_stored_is_found_with_its_notes(cache: EngineCache) -> None:
    stored = store(cache)
    found = EngineCache(cache.folder).find('test', FIELDS)
    assert found.path == stored
    assert found.path.read_bytes() == b'engine'
    assert found.notes == {'seconds': 3}


def test_the_folder_is_private(cache: EngineCache) -> None:
    store(cache)
    assert cache.folder.stat().st_mode & 0o777 == 0o700


def test_an_empty_cache_says_so(cache: EngineCache) -> None:
    found = cache.find('test', FIELDS)
    assert found.path is None
    assert found.reason == f'no test in {cache.folder}'


def test_the_field_that_changed_is_named(cache: EngineCache) -> None:
    store(cache)
    store(cache, fields={'gpu': 'Thor', 'torch': '2.9'})
    found = cache.find('test', {'gpu': 'Orin', 'torch': '2.14'})
    assert found.path is None
    assert found.reason == 'the nearest test differs: torch was 2.13, is 2.14'


def test_artefacts_of_other_fields_stay(cache: EngineCache) -> None:
    first = store(cache)
    second = store(cache, b'other', {**FIELDS, 'gpu': 'Thor'})
    assert first.read_bytes() == b'engine'
    assert second.read_bytes() == b'other'


@pytest.mark.parametrize('content', [b'', b'engin', b'another thing'])
def test_a_damaged_artefact_is_not_trusted(cache: EngineCache, content: bytes) -> None:
    store(cache).write_bytes(content)
    found = cache.find('test', FIELDS)
    assert found.path is None
    assert 'checksum' in found.reason


def test_a_missing_artefact_is_not_found(cache: EngineCache) -> None:
    store(cache).unlink()
    assert cache.find('test', FIELDS).path is None


@pytest.mark.parametrize('text', ['', '{', '[]', '{"fields": {}}', 'null'])
def test_a_damaged_sidecar_is_not_trusted(cache: EngineCache, text: str) -> None:
    store(cache).with_suffix(SIDECAR).write_text(text)
    found = cache.find('test', FIELDS)
    assert found.path is None
    assert found.reason


def test_a_sidecar_with_other_fields_under_the_same_name_is_not_trusted(
    cache: EngineCache,
) -> None:
    sidecar = store(cache).with_suffix(SIDECAR)
    described = json.loads(sidecar.read_text())
    described['fields']['gpu'] = 'Thor'
    sidecar.write_text(json.dumps(described))
    found = cache.find('test', FIELDS)
    assert found.path is None
    assert 'another build' in found.reason


def test_a_folder_that_others_may_write_to_is_not_used(cache: EngineCache) -> None:
    store(cache)
    cache.folder.chmod(0o777)
    assert 'chmod 700' in cache.find('test', FIELDS).reason
    with pytest.raises(PermissionError, match='chmod 700'):
        store(cache)


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can give a folder away')
def test_a_folder_of_another_user_is_not_used(cache: EngineCache) -> None:
    store(cache)
    os.chown(cache.folder, 12345, -1)
    assert 'belongs to user 12345, not to 0' in cache.find('test', FIELDS).reason


@pytest.mark.parametrize('fields', ['5', '["a"]', 'null'])
def test_a_foreign_sidecar_is_passed_over(cache: EngineCache, fields: str) -> None:
    foreign = store(cache).with_name(f'test-foreign{SIDECAR}')
    foreign.write_text(f'{{"kind": "test", "fields": {fields}}}')
    foreign.with_suffix(ARTEFACT).touch()
    other = cache.find('test', {**FIELDS, 'gpu': 'Thor'})
    assert other.path is None
    assert 'gpu was' in other.reason
    assert len(cache.entries()) == 1


def test_a_folder_that_can_not_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('in the way')
    with pytest.raises(OSError, match='file'):
        store(EngineCache(tmp_path / 'file' / 'engines'))


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write anywhere')
def test_an_unwritable_folder_is_an_error(cache: EngineCache) -> None:
    cache.folder.mkdir()
    cache.folder.chmod(0o500)
    with pytest.raises(PermissionError):
        store(cache)


def test_a_failing_build_leaves_nothing_behind(cache: EngineCache) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b'half')
        raise OSError('power cut')

    with pytest.raises(OSError, match='power cut'):
        cache.store('test', FIELDS, fail)
    assert list(cache.folder.iterdir()) == []


def build_if_missing(folder: Path, log: Path) -> None:
    cache = EngineCache(folder)
    with cache.building('test', FIELDS):
        if cache.find('test', FIELDS).path is None:
            with log.open('a') as file:
                file.write('built\n')
            store(cache)


def test_of_two_processes_one_builds(cache: EngineCache, tmp_path: Path) -> None:
    log = tmp_path / 'log'
    context = multiprocessing.get_context('spawn')
    processes = [
        context.Process(target=build_if_missing, args=(cache.folder, log)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert log.read_text() == 'built\n'


def test_entries_are_listed_and_cleared(cache: EngineCache) -> None:
    store(cache)
    store(cache, b'other', {**FIELDS, 'gpu': 'Thor'})
    assert {entry.fields['gpu'] for entry in cache.entries()} == {'Orin', 'Thor'}
    assert all(entry.bytes > 0 for entry in cache.entries())
    assert cache.clear() == 2
    assert cache.entries() == []
    assert not list(cache.folder.glob(f'*{ARTEFACT}'))


def test_clearing_takes_what_was_built_and_its_aids_alone(cache: EngineCache) -> None:
    store(cache)
    (cache.folder / TIMING_CACHE).write_bytes(b'times')
    (cache.folder / 'notes.json').write_text('{}')
    cache.clear()
    assert [path.name for path in cache.folder.iterdir()] == ['notes.json']


def test_clearing_leaves_a_lock_that_is_held(cache: EngineCache) -> None:
    with cache.building('test', FIELDS):
        cache.clear()
        (path,) = cache.folder.glob('*.lock')
        with path.open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_default_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    assert default_folder() == tmp_path / 'lpsnet_ros' / 'engines'
