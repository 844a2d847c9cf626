"""What an expansion has found out so far, on disk, so that nothing is done twice."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

BEGUN, LATENCY, SCORE = 'begun', 'latency', 'score'
Entry = Mapping[str, Any]


class Journal:
    """A file of JSON lines that only grows; each line is on the disk before work goes on.

    A line that was being written when the power went is dropped at the next start. Every entry
    has the seconds of work so far, over all starts, as ``elapsed``. Use as a context manager: the
    file is locked meanwhile.

    Args:
        path: the file; made where it is absent.

    Raises:
        ValueError: another process uses the journal, or a whole line of it is no entry.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open('a+b')
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise ValueError(
                f'{path.parent} is in use by another lpsnet expand: wait for it or stop it'
            ) from None
        try:
            self.entries: list[Entry] = list(self._read())
        except ValueError:
            self._file.close()
            raise
        self._before = self.entries[-1]['elapsed'] if self.entries else 0.0
        self._begun = time.monotonic()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def elapsed(self) -> float:
        """Seconds of work so far, over all starts."""
        return self._before + time.monotonic() - self._begun

    def append(self, event: str, values: Mapping[str, Any]) -> None:
        """Add an entry and wait until it is on the disk."""
        line = json.dumps({'event': event, **values, 'elapsed': round(self.elapsed, 1)})
        self._file.write(line.encode() + b'\n')
        self._file.flush()
        os.fsync(self._file.fileno())
        # As a restart would read it: tuples become lists.
        self.entries.append(json.loads(line))

    def of(self, event: str) -> list[Entry]:
        """Return the entries of one kind, oldest first."""
        return [entry for entry in self.entries if entry['event'] == event]

    def _read(self) -> Iterator[Entry]:
        self._file.seek(0)
        content = self._file.read()
        whole, _, rest = content.rpartition(b'\n')
        if rest:
            self._file.truncate(len(content) - len(rest))
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                yield _entry(line)
            except ValueError as error:
                raise ValueError(
                    f'{self.path}, line {number}: {error}: '
                    'delete the lines from there on; what they told is done again'
                ) from None


def _entry(line: bytes) -> Entry:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise ValueError(f'no JSON ({error})') from None
    if not isinstance(entry, dict) or not {'event', 'elapsed'} <= entry.keys():
        raise ValueError('no entry of a journal')
    return entry


def begin(journal: Journal, options: Mapping[str, Any]) -> None:
    """Note what a run is about, or see that it is still about the same.

    Args:
        journal: new, or of an earlier start of the run.
        options: by the name that a user knows, fit for JSON.

    Raises:
        ValueError: the run was begun with other options; names them.

    """
    begun = journal.of(BEGUN)
    if not begun:
        journal.append(BEGUN, {'options': options})
        return
    before = begun[0]['options']
    now = json.loads(json.dumps(options))
    changed = [
        f'{name} was {before.get(name)}, is {now.get(name)}'
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
    if changed:
        raise ValueError(
            f'{journal.path.parent} holds a run with other options: {"; ".join(changed)}. '
            'Repeat those it was begun with, or give another output folder'
        )
