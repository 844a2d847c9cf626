"""Processes that answer, and those that do not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from lpsnet_ros.nodes.benchmark.programs import Program, Servant

SERVING = """
import sys, time
from lpsnet_ros.nodes.benchmark.programs import serve

def answer(number, seconds=0.0):
    print('asked for', number, file=sys.stderr, flush=True)
    time.sleep(seconds)
    return {'half': number / 2}

serve(answer)
"""


@pytest.fixture
def servant(tmp_path: Path) -> Servant:
    (tmp_path / 'serving.py').write_text(SERVING)
    path = os.pathsep.join([str(tmp_path), str(Path.cwd()), os.environ.get('PYTHONPATH', '')])
    return Servant('serving', [], {**os.environ, 'PYTHONPATH': path}, tmp_path / 'log')


def test_requests_are_answered_in_order(servant: Servant) -> None:
    with servant:
        servant.ask(number=3)
        servant.ask(number=5)
        assert servant.answer(20) == {'half': 1.5}
        assert servant.answer(20) == {'half': 2.5}
        assert not servant.has_answered()
        assert servant.log_end() == 'asked for 3\nasked for 5'


def test_it_ends_with_the_with(servant: Servant) -> None:
    with servant:
        servant.ask(number=1)
        servant.answer(20)
    with pytest.raises(ChildProcessError, match='serving ended with code 0:\nasked for 1'):
        servant.check()


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(servant: Servant) -> None:
    with servant:
        servant.ask(number=1, seconds=3.0)
        begun = time.monotonic()
        with pytest.raises(TimeoutError, match=r'serving did not answer in 0\.4 s'):
            servant.answer(0.4)
        assert time.monotonic() - begun < 2.5


def test_an_error_ends_the_program_and_is_shown(servant: Servant) -> None:
    with servant:
        servant.ask(number='three')
        with pytest.raises(ChildProcessError, match=r'(?s)ended with code 1.*unsupported operand'):
            servant.answer(20)
        with pytest.raises(ChildProcessError):
            servant.has_answered()
        with pytest.raises(ChildProcessError):
            servant.ask(number=1)


def test_a_program_that_ended_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with Program('platform', [], os.environ, tmp_path / 'log') as program:
        deadline = time.monotonic() + 20
        with pytest.raises(ChildProcessError, match=r'platform ended with code 0:\n\w'):
            while time.monotonic() < deadline:
                program.check()
