"""The governor's choice among the resident engines, on real engines."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from nodes.conftest import random_frame

from lpsnet_ros.nodes import engine_keeper
from lpsnet_ros.nodes.engine_keeper import EngineKeeper
from lpsnet_ros.nodes.settings import Settings

SIZE = (96, 128)


@pytest.fixture
def settings(models_dir: Path) -> Settings:
    return Settings(scale='auto', models_dir=str(models_dir), latency_budget_ms=1000.0)


def run(keeper: EngineKeeper, settings: Settings, until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 40
    while not until():
        assert time.monotonic() < deadline
        engine = keeper.engine_for(settings, SIZE)
        begun = time.perf_counter()
        engine(random_frame(0, SIZE))
        keeper.engine_time(1e3 * (time.perf_counter() - begun))


def test_auto_begins_cheap_climbs_within_the_budget_and_gives_way_when_it_shrinks(
    settings: Settings,
) -> None:
    moves: list[str] = []
    keeper = EngineKeeper(moves.append)
    keeper.open(settings)
    first = keeper.prepare(settings, SIZE, lambda _: None)
    assert 'lpsnet_tiny' in first.provenance.model
    run(keeper, settings, lambda: len(moves) == 1)
    assert 'leaves room' in moves[0]
    tight = settings.changed({'latency_budget_ms': 1.0})
    run(keeper, tight, lambda: bool(keeper.over_budget))
    assert 'lpsnet_tiny' in keeper.engine_for(tight, SIZE).provenance.model
    assert '1 ms' in keeper.over_budget
    fixed = settings.changed({'scale': 's'})
    run(keeper, fixed, lambda: 'lpsnet_s' in keeper.engine_for(fixed, SIZE).provenance.model)
    assert keeper.over_budget == ''


def test_resident_scales_are_ready_when_they_are_asked_for(settings: Settings) -> None:
    fixed = settings.changed({'scale': 'tiny', 'resident_scales': ('s',)})
    keeper = EngineKeeper(print)
    keeper.prepare(fixed, SIZE, lambda _: None)
    deadline = time.monotonic() + 30
    other = fixed.changed({'scale': 's'})
    while not keeper._shelf.ready(other, SIZE):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert 'lpsnet_s' in keeper.engine_for(other, SIZE).provenance.model


def test_automatic_resolution_is_each_size_s_own(settings: Settings) -> None:
    keeper = EngineKeeper(print)
    small = keeper.prepare(settings, SIZE, lambda _: None)
    large = keeper.prepare(settings, (192, 256), lambda _: None)
    assert large.provenance.model == small.provenance.model
    assert large.provenance.resolution == pytest.approx(small.provenance.resolution / 2)


def test_a_move_by_a_new_resolution_is_told(settings: Settings) -> None:
    moves: list[str] = []
    keeper = EngineKeeper(moves.append)
    keeper.prepare(settings, SIZE, lambda _: None)
    keeper.prepare(settings.changed({'resolution': 0.7}), SIZE, lambda _: None)
    assert 'no longer on the ladder' in moves[0]
    assert 'no longer on the ladder' in keeper.move


def test_a_size_that_comes_no_more_holds_nothing_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_keeper, 'SIZE_FORGOTTEN_AFTER_S', 0.05)
    keeper = EngineKeeper(print)
    keeper.prepare(settings, (64, 96), lambda _: None)
    time.sleep(0.1)
    changed = settings.changed({'resolution': 0.7})
    keeper.prepare(changed, SIZE, lambda _: None)
    run(keeper, changed, lambda: 'leaves room' in keeper.move)


def test_all_resident_engines_are_waited_for_where_that_is_asked(settings: Settings) -> None:
    fixed = settings.changed({'scale': 'tiny', 'resident_scales': ('s',)})
    keeper = EngineKeeper(print)
    first = keeper.prepare(fixed, SIZE, lambda _: None, residents=True)
    assert 'lpsnet_tiny' in first.provenance.model
    assert 'lpsnet_s' in keeper.engine_for(fixed.changed({'scale': 's'}), SIZE).provenance.model
