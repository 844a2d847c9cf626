"""Engines prepared beside the running one."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from nodes.conftest import random_frame

from lpsnet_ros.nodes import engine_shelf
from lpsnet_ros.nodes.engine_shelf import CAPACITY, EngineShelf, NotReadyError
from lpsnet_ros.nodes.settings import Settings

SIZE = (96, 128)


@pytest.fixture
def settings(models_dir: Path) -> Settings:
    return Settings(scale='tiny', models_dir=str(models_dir))


def test_a_further_engine_is_made_while_the_first_serves(settings: Settings) -> None:
    shelf = EngineShelf()
    with pytest.raises(NotReadyError) as not_ready:
        shelf.engine_for(settings, SIZE)
    first = not_ready.value.engine.result(timeout=30)
    assert shelf.engine_for(settings, SIZE) is first
    wanted = settings.changed({'resolution': 0.5})
    at_once = shelf.engine_for(wanted, SIZE)
    second = shelf.prepare(wanted, SIZE, lambda _: None)
    assert second is not first
    assert at_once in (first, second)
    assert shelf.engine_for(wanted, SIZE) is second
    assert shelf.engine_for(settings, SIZE) is first


def test_engines_differ_by_scale_resolution_and_size(settings: Settings) -> None:
    shelf = EngineShelf()
    variants = [
        (settings, SIZE),
        (settings.changed({'scale': 's'}), SIZE),
        (settings.changed({'resolution': 2.0}), SIZE),
        (settings.changed({'mask_scale': 0.5}), SIZE),
        (settings, (50, 60)),
    ]
    engines = [shelf.prepare(s, size, lambda _: None) for s, size in variants]
    assert len({id(engine) for engine in engines}) == len(variants)
    for engine, (_, size) in zip(engines, variants, strict=True):
        assert engine.size == size
        assert engine(random_frame(0, size)).shape == engine.mask_size


def test_what_can_not_be_made_leaves_the_running_engine_and_a_reason(settings: Settings) -> None:
    shelf = EngineShelf()
    first = shelf.prepare(settings, SIZE, lambda _: None)
    impossible = settings.changed({'precision': 'fp16', 'backend': 'cpu'})
    with pytest.raises(ValueError, match="not in 'fp16'"):
        shelf.prepare(impossible, SIZE, lambda _: None)
    assert shelf.engine_for(impossible, SIZE) is first
    assert 'fp16' in shelf.failure(SIZE)
    assert shelf.engine_for(settings, SIZE) is first
    assert shelf.failure(SIZE) == ''


def test_what_can_not_be_made_is_an_error_where_nothing_serves(settings: Settings) -> None:
    impossible = settings.changed({'precision': 'fp16', 'backend': 'cpu'})
    shelf = EngineShelf()
    with pytest.raises(NotReadyError) as not_ready:
        shelf.engine_for(impossible, SIZE)
    assert not_ready.value.engine.exception(timeout=30)
    with pytest.raises(ValueError, match="not in 'fp16'"):
        shelf.engine_for(impossible, SIZE)


def test_what_is_fetched_ahead_serves_without_waiting_and_is_kept(settings: Settings) -> None:
    shelf = EngineShelf()
    resolutions = [0.25 + 0.05 * step for step in range(2 * CAPACITY)]
    wanted = [settings.changed({'resolution': r}) for r in resolutions]
    assert not shelf.ready(wanted[0], SIZE)
    shelf.prefetch(wanted, SIZE)
    shelf.prepare(wanted[-1], SIZE, lambda _: None)
    assert shelf.building is None
    assert all(shelf.ready(each, SIZE) for each in wanted)


def test_what_failed_is_tried_again_once_it_is_asked_for_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = EngineShelf()
    first = shelf.prepare(settings, SIZE, lambda _: None)
    wanted = settings.changed({'resolution': 0.5})
    with monkeypatch.context() as patched:
        patched.setattr(engine_shelf, 'Engine', _without_memory)
        with pytest.raises(RuntimeError, match='not enough memory'):
            shelf.prepare(wanted, SIZE, lambda _: None)
    for _ in range(3):
        assert shelf.engine_for(wanted, SIZE) is first
    assert shelf.failure(SIZE) == 'not enough memory'
    assert shelf.engine_for(settings, SIZE) is first
    shelf.engine_for(wanted, SIZE)
    assert shelf.prepare(wanted, SIZE, lambda _: None) is not first
    assert shelf.engine_for(wanted, SIZE) is not first
    assert shelf.failure(SIZE) == ''


def _without_memory(*_: object, **__: object) -> None:
    raise RuntimeError('not enough memory')


def test_failures_of_one_size_outlast_masks_of_another(settings: Settings) -> None:
    shelf = EngineShelf()
    impossible = settings.changed({'precision': 'fp16', 'backend': 'cpu'})
    with pytest.raises(ValueError, match='fp16'):
        shelf.prepare(impossible, SIZE, lambda _: None)
    with pytest.raises(ValueError, match='fp16'):
        shelf.engine_for(impossible, SIZE)
    shelf.prepare(settings, (64, 64), lambda _: None)
    shelf.engine_for(settings, (64, 64))
    assert 'fp16' in shelf.failure(SIZE)
    shelf.forget(SIZE)
    assert shelf.failure(SIZE) == ''
    assert shelf.failure((64, 64)) == ''


def test_a_resident_engine_that_can_not_be_had_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    shelf = EngineShelf(told.append)
    serving = shelf.prepare(settings, SIZE, lambda _: None)
    with monkeypatch.context() as patched:
        patched.setattr(engine_shelf, 'Engine', _without_memory)
        shelf.prefetch([settings, settings.changed({'scale': 's'})], SIZE)
        deadline = time.monotonic() + 30
        while not told:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    sentence = 'resident lpsnet_s_random for 128x96 can not be had: not enough memory'
    assert told == [sentence]
    assert shelf.lacking == sentence
    assert shelf.engine_for(settings, SIZE) is serving
    assert shelf.failure(SIZE) == ''
    shelf.forget(SIZE)
    assert shelf.lacking == ''


def test_closing_prepares_nothing_more_and_waiting_can_be_interrupted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> None:
        begun.set()
        assert go_on.wait(30)

    monkeypatch.setattr(engine_shelf, 'Engine', slow)
    shelf = EngineShelf()
    shelf.prefetch([settings, settings.changed({'resolution': 0.5})], SIZE)
    waiting = shelf._future(shelf._key(settings.changed({'resolution': 0.5}), SIZE))
    with pytest.raises(InterruptedError, match='stopped while'):
        shelf.prepare(settings, SIZE, lambda _: None, begun.is_set)
    assert shelf.close()
    assert waiting.cancelled()
    go_on.set()
    deadline = time.monotonic() + 10
    while shelf.building:
        assert time.monotonic() < deadline
    assert not shelf.close()


def test_engines_of_every_size_are_kept_while_frames_of_it_come(settings: Settings) -> None:
    shelf = EngineShelf()
    wanted = [settings.changed({'resolution': 0.25 + 0.05 * step}) for step in range(CAPACITY)]
    sizes = [SIZE, (64, 96), (96, 96)]
    for size in sizes:
        shelf.prefetch(wanted, size)
        shelf.prepare(wanted[-1], size, lambda _: None)
    assert all(shelf.ready(each, size) for each in wanted for size in sizes)
    shelf.forget(SIZE)
    shelf.prepare(settings.changed({'mask_scale': 0.5}), sizes[-1], lambda _: None)
    assert not all(shelf.ready(each, SIZE) for each in wanted)
