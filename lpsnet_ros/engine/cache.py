"""Built things kept on disk, found again only by exactly what they were built from."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lpsnet_ros.resources import cache_folder

SIDECAR = '.json'
ARTEFACT = '.bin'
AID = '.aid'
"""Of a file in the folder that speeds builds up and belongs to no artefact."""
_LOCK = '.lock'
_KEY_DIGITS = 16
Fields = Mapping[str, str]


@dataclass(frozen=True)
class Lookup:
    """What a search in the cache gave.

    Args:
        path: the artefact; None where there is none to trust.
        reason: why there is none, or how it was found.
        notes: what was stored with it.

    """

    path: Path | None
    reason: str
    notes: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One artefact as ``EngineCache.entries`` lists it."""

    path: Path
    kind: str
    fields: Fields
    bytes: int


def default_folder() -> Path:
    """Return the cache's place below ``XDG_CACHE_HOME`` or ``~/.cache``."""
    return cache_folder() / 'engines'


class EngineCache:
    """A private folder of artefacts, each with a JSON sidecar of the fields that it depends on.

    Loading an engine can run code from it, so the folder is made for its owner alone (0700) and
    one that belongs to somebody else, or that others may write to, is not used.

    Args:
        folder: made when something is stored; the default one where not given.

    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def find(self, kind: str, fields: Fields) -> Lookup:
        """Look for the artefact of these fields; never raises, the reason says what is wrong."""
        path = self._path(kind, fields)
        try:
            self._check_private()
            sidecar = json.loads(path.with_suffix(SIDECAR).read_text())
            if sidecar['fields'] != dict(fields):
                return Lookup(None, f'{path.name} has the fields of another build', {})
            if sidecar['sha256'] != _digest(path):
                return Lookup(None, f'{path.name} is damaged: its checksum does not fit', {})
            return Lookup(path, f'found {path.name}', sidecar['notes'])
        except FileNotFoundError:
            return Lookup(None, self._nearest_difference(kind, fields), {})
        except (OSError, ValueError, KeyError, TypeError) as error:
            return Lookup(None, f'{path.name} can not be used: {error}', {})

    def store(
        self,
        kind: str,
        fields: Fields,
        write: Callable[[Path], None],
        notes: Mapping[str, Any] | None = None,
    ) -> Path:
        """Keep what ``write`` puts into the file that it is given; replaces it in one step.

        Raises:
            OSError: the folder can't be written to, or is not private.

        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check_private()
        path = self._path(kind, fields)
        with tempfile.TemporaryDirectory(dir=self.folder) as work:
            artefact = Path(work) / path.name
            write(artefact)
            sidecar = {
                'kind': kind,
                'fields': dict(fields),
                'sha256': _digest(artefact),
                'notes': dict(notes or {}),
            }
            described = artefact.with_suffix(SIDECAR)
            described.write_text(json.dumps(sidecar, indent=2, sort_keys=True))
            artefact.replace(path)
            described.replace(path.with_suffix(SIDECAR))
        return path

    @contextlib.contextmanager
    def building(self, kind: str, fields: Fields) -> Iterator[None]:
        """Let one process at a time build an artefact; others wait, then find it.

        Raises:
            OSError: the folder can't be written to, or is not private.

        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check_private()
        with self._path(kind, fields).with_suffix(_LOCK).open('w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def entries(self) -> list[Entry]:
        """Return everything that has a readable sidecar."""
        found = []
        for sidecar in sorted(self.folder.glob(f'*{SIDECAR}')):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                read = json.loads(sidecar.read_text())
                path = sidecar.with_suffix(ARTEFACT)
                fields = dict(read['fields'])
                found.append(Entry(path, read['kind'], fields, path.stat().st_size))
        return found

    def clear(self) -> int:
        """Delete all artefacts, sidecars and aids; returns how many artefacts there were.

        Locks stay: they are empty, and where one is held its successor would not keep others out.
        """
        name = f'*-{"[0-9a-f]" * _KEY_DIGITS}'
        artefacts = list(self.folder.glob(f'{name}{ARTEFACT}'))
        others = [*self.folder.glob(f'{name}{SIDECAR}'), *self.folder.glob(f'*{AID}')]
        for path in (*artefacts, *others):
            path.unlink(missing_ok=True)
        return len(artefacts)

    def _path(self, kind: str, fields: Fields) -> Path:
        canonical = json.dumps(dict(fields), sort_keys=True)
        key = hashlib.sha256(canonical.encode()).hexdigest()[:_KEY_DIGITS]
        return self.folder / f'{kind}-{key}{ARTEFACT}'

    def _check_private(self) -> None:
        status = self.folder.stat()
        if status.st_uid != os.geteuid():
            raise PermissionError(
                f'{self.folder} belongs to user {status.st_uid}, not to {os.geteuid()}, who runs '
                'this: choose another folder, or chown it'
            )
        if status.st_mode & 0o022:
            raise PermissionError(
                f'{self.folder} can be written by somebody else: chmod 700 it, or choose another '
                'folder'
            )

    def _nearest_difference(self, kind: str, fields: Fields) -> str:
        others = [e.fields for e in self.entries() if e.kind == kind]
        if not others:
            return f'no {kind} in {self.folder}'
        changes = min((_changes(fields, other) for other in others), key=len)
        return f'the nearest {kind} differs: {"; ".join(changes)}'


def _changes(fields: Fields, other: Fields) -> list[str]:
    names = sorted({*fields, *other})
    return [
        f'{name} was {other.get(name, "absent")}, is {fields.get(name, "absent")}'
        for name in names
        if fields.get(name) != other.get(name)
    ]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
