"""The engines that a node holds: one for each combination of scale, resolution and frame size."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.network import LPSNet, load_checkpoint
from lpsnet_ros.nodes.settings import Settings

CAPACITY = 6
PROGRESS_PERIOD_S = 5.0
POLL_S = 0.2
Size = tuple[int, int]


class EngineKey(NamedTuple):
    """What distinguishes one engine from another."""

    checkpoint: Path
    resolution: float | None
    size: Size
    backend: str
    precision: str
    mask_scale: float
    cache_dir: Path | None


class NotReadyError(RuntimeError):
    """No engine for the frame's size is ready yet.

    Args:
        engine: done when it is, or can't be had.

    """

    def __init__(self, engine: Future[Engine]) -> None:
        super().__init__('the engine is being prepared')
        self.engine = engine


class EngineShelf:
    """Prepares engines when they are first asked for and keeps the latest used.

    A further engine for a frame size that is already served is prepared beside the running one,
    which serves until the new one is ready. Safe to use from several threads.

    Args:
        warn: told why a resident engine can't be had, once, in the thread that builds.

    """

    def __init__(self, warn: Callable[[str], None] = lambda text: None) -> None:
        self._warn = warn
        self._networks: dict[Path, LPSNet] = {}
        self._engines: OrderedDict[EngineKey, Future[Engine]] = OrderedDict()
        self._builder = ThreadPoolExecutor(1, 'engine builder')
        self._lock = threading.Lock()
        # It asks the file system: not for each frame.
        self._find = lru_cache(find_checkpoint)
        self._residents: dict[Size, tuple[EngineKey, ...]] = {}
        self._asked: dict[Size, EngineKey] = {}
        self._failures: dict[Size, str] = {}
        self._begun: tuple[str, float] | None = None

    def failure(self, size: Size) -> str:
        """Say why the engine that frames of a size ask for can't be had; empty where it can."""
        return self._failures.get(size, '')

    @property
    def lacking(self) -> str:
        """Why a resident engine that no frame asks for yet can't be had; empty where all can."""
        with self._lock:
            residents = [k for keys in list(self._residents.values()) for k in keys]
            futures = [(k, self._engines[k]) for k in residents if k in self._engines]
        return next((text for k, f in futures if (text := self._why_lacking(k, f))), '')

    def open(self, settings: Settings) -> LPSNet:
        """Load the network that the settings name, so that its faults show before any frame.

        Raises:
            FileNotFoundError, ValueError: there is no such checkpoint, or it is damaged.

        """
        return self._network(self._find(settings.checkpoint, settings.models_folder))

    def prepare(
        self,
        settings: Settings,
        size: Size,
        progress: Callable[[float], None],
        interrupted: Callable[[], bool] = lambda: False,
    ) -> Engine:
        """Return the engine for the settings, waiting for it.

        Args:
            settings: name the network and how to run it.
            size: (height, width) of the frames.
            progress: called every 5 s with the seconds waited so far.
            interrupted: asked several times a second whether to give up.

        Raises:
            InterruptedError: ``interrupted`` said so; the engine may still be in the making.
            OSError, ValueError, RuntimeError: it can't be had.

        """
        future = self._asked_for(self._key(settings, size))
        begun = told = time.monotonic()
        while not wait([future], POLL_S).done:
            now = time.monotonic()
            if interrupted():
                raise InterruptedError('stopped while the engine was being prepared')
            if now - told >= PROGRESS_PERIOD_S:
                told += PROGRESS_PERIOD_S
                progress(told - begun)
        return future.result()

    def prefetch(self, wanted: Iterable[Settings], size: Size) -> None:
        """Begin to prepare engines that may be asked for, in that order, and keep them all.

        Raises:
            FileNotFoundError: there is no such checkpoint.

        """
        keys = tuple(self._key(settings, size) for settings in wanted)
        self._residents[size] = keys
        for key in keys:
            self._future(key).add_done_callback(partial(self._tell_lacking, key))

    def forget(self, size: Size) -> None:
        """Take it that no more frames of a size come: its engines make room for others."""
        for kept in (self._residents, self._asked, self._failures):
            kept.pop(size, None)

    def close(self) -> bool:
        """Forget all engines and prepare none; tell whether one is still in the making.

        Nothing can interrupt that one; it is forgotten as soon as it is finished.
        """
        self._builder.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._engines.clear()
        return self.building is not None

    def ready(self, settings: Settings, size: Size) -> Engine | None:
        """Return the engine for the settings if it serves without waiting."""
        key = self._key(settings, size)
        with self._lock:
            future = self._engines.get(key)
        return _result(future) if future else None

    @property
    def building(self) -> tuple[str, float] | None:
        """What is being prepared at present and for how many seconds; None where nothing is."""
        begun = self._begun
        return begun and (begun[0], time.monotonic() - begun[1])

    def engine_for(self, settings: Settings, size: Size) -> Engine:
        """Return the engine for the settings, or one that serves the size until it is ready.

        Never waits.

        Raises:
            NotReadyError: none is ready for the size.
            OSError, ValueError, RuntimeError: there is none and none can be had.

        """
        future = self._asked_for(self._key(settings, size))
        error = future.exception() if future.done() else None
        self._failures[size] = str(error) if error else ''
        if future.done() and not error:
            return future.result()
        substitute = self._ready_for(size)
        if substitute is not None:
            return substitute
        if not error:
            raise NotReadyError(future)
        # Each raise would lengthen the traceback that the error keeps, with a frame in each entry.
        raise error.with_traceback(None)

    def _key(self, settings: Settings, size: Size) -> EngineKey:
        return EngineKey(
            self._find(settings.checkpoint, settings.models_folder),
            settings.engine_resolution,
            size,
            settings.backend,
            settings.precision,
            settings.mask_scale,
            settings.cache_folder,
        )

    def _network(self, path: Path) -> LPSNet:
        if path not in self._networks:
            self._networks[path] = load_checkpoint(path).folded()
        return self._networks[path]

    def _asked_for(self, key: EngineKey) -> Future[Engine]:
        if self._asked.get(key.size) != key:
            self._asked[key.size] = key
            self._allow_another_try(key)
        return self._future(key)

    def _allow_another_try(self, key: EngineKey) -> None:
        with self._lock:
            future = self._engines.get(key)
            if future and future.done() and future.exception():
                del self._engines[key]

    def _future(self, key: EngineKey) -> Future[Engine]:
        with self._lock:
            if key not in self._engines:
                self._engines[key] = self._builder.submit(self._build, key)
                while len(self._engines) > CAPACITY + sum(map(len, self._residents.values())):
                    self._engines.popitem(last=False)
            self._engines.move_to_end(key)
            return self._engines[key]

    def _build(self, key: EngineKey) -> Engine:
        self._begun = (_described(key), time.monotonic())
        try:
            return Engine(
                self._network(key.checkpoint),
                key.size,
                resolution=key.resolution,
                backend=key.backend,
                precision=key.precision,
                mask_scale=key.mask_scale,
                cache_dir=key.cache_dir,
                model=str(key.checkpoint),
            )
        finally:
            self._begun = None

    def _tell_lacking(self, key: EngineKey, future: Future[Engine]) -> None:
        text = self._why_lacking(key, future)
        if text:
            self._warn(text)

    def _why_lacking(self, key: EngineKey, future: Future[Engine]) -> str:
        failed = future.done() and not future.cancelled() and future.exception()
        if not failed or key == self._asked.get(key.size):
            return ''
        return f'resident {_described(key)} can not be had: {future.exception()}'

    def _ready_for(self, size: Size) -> Engine | None:
        with self._lock:
            candidates = [f for k, f in reversed(self._engines.items()) if k.size == size]
        return next(filter(None, map(_result, candidates)), None)


def _described(key: EngineKey) -> str:
    height, width = key.size
    return f'{key.checkpoint.stem} for {width}x{height}'


def _result(future: Future[Engine]) -> Engine | None:
    return future.result() if future.done() and not future.exception() else None
