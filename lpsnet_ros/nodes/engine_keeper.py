"""Which engine a frame gets: the one that the settings name, or the governor's choice."""

from __future__ import annotations

import time
from collections.abc import Callable

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.backends import AUTO
from lpsnet_ros.engine.engine import RESOLUTION_RANGE, network_size, resolution_for
from lpsnet_ros.network import LPSNet
from lpsnet_ros.network.complexity import count_multiply_adds
from lpsnet_ros.nodes.engine_shelf import EngineShelf, Size
from lpsnet_ros.nodes.governor import Governor, Move
from lpsnet_ros.nodes.ladder import Rung, build_ladder
from lpsnet_ros.nodes.residents import resident_scales
from lpsnet_ros.nodes.settings import AUTOMATIC, Settings

# What reading a frame's pixel and writing its mask's take beside the network, as multiply-adds
# that take as long: from the times of tiny and S in docs/benchmarks/cpu_scaling.
MULTIPLY_ADDS_PER_PIXEL = 350
SIZE_FORGOTTEN_AFTER_S = 10.0


class EngineKeeper:
    """Keeps the resident engines and, with ``scale: auto``, moves among them.

    The settings given to it may say ``auto``; those given on to the shelf never do. But for
    ``open`` and ``prepare``, to be called from one thread only.

    Args:
        log: told every move of ``scale: auto`` in a sentence.
        warn: told why a resident engine can't be had.

    """

    def __init__(
        self, log: Callable[[str], None], warn: Callable[[str], None] = lambda text: None
    ) -> None:
        self._log = log
        self._shelf = EngineShelf(warn)
        self._settings = Settings()
        self._last_seen: dict[Size, float] = {}
        self._prefetched: dict[Size, tuple] = {}
        self._governor: Governor | None = None
        self._ladder_resolution = AUTOMATIC
        self._ladder_size: Size = (0, 0)
        self.move = ''
        """The latest move of ``scale: auto`` and why; empty where there was none."""

    @property
    def building(self) -> tuple[str, float] | None:
        """What is being prepared at present and for how many seconds; None where nothing is."""
        return self._shelf.building

    def problem(self, size: Size) -> str:
        """Say why frames of a served size don't get the engine that the settings ask for."""
        failure = self._shelf.failure(size)
        return failure and f'going on with the engine before: {failure}'

    @property
    def over_budget(self) -> str:
        """Why ``scale: auto`` can't keep the budget; empty where it does."""
        return self._governor.problem if self._governor else ''

    @property
    def lacking(self) -> str:
        """Why a resident engine can't be had; empty where all can."""
        return self._shelf.lacking

    def open(self, settings: Settings) -> LPSNet:
        """Load the networks that the settings name; return that of the scale, or the largest.

        Raises:
            FileNotFoundError, ValueError: a checkpoint is missing or damaged.

        """
        names = resident_scales(settings)
        if settings.scale != AUTO:
            names = (*names, settings.scale)
        return [self._shelf.open(settings.changed({'scale': name})) for name in names][-1]

    def prepare(
        self,
        settings: Settings,
        size: Size,
        progress: Callable[[float], None],
        interrupted: Callable[[], bool] = lambda: False,
        *,
        residents: bool = False,
    ) -> Engine:
        """Return the engine that frames of a size begin with, waiting for it.

        Args:
            settings: as set.
            size: (height, width) of the frames.
            progress: called every 5 s with the seconds waited so far.
            interrupted: asked several times a second whether to give up.
            residents: wait for the other resident engines, too.

        Raises:
            InterruptedError: ``interrupted`` said so.
            OSError, ValueError, RuntimeError: it can't be had.

        """
        concrete = self._concrete(settings, size)
        engine = self._shelf.prepare(concrete, size, progress, interrupted)
        self._keep_resident(settings, size)
        for wanted in self._residents(settings, size) if residents else ():
            self._shelf.prepare(wanted, size, progress, interrupted)
        return engine

    def close(self) -> bool:
        """Forget all engines; tell whether one is still in the making (see ``EngineShelf``)."""
        return self._shelf.close()

    def engine_for(self, settings: Settings, size: Size) -> Engine:
        """Return the engine for a frame, or one that serves until that is ready; never waits.

        Raises:
            NotReadyError: none is ready for the size.
            OSError, ValueError, RuntimeError: there is none and none can be had.

        """
        engine = self._shelf.engine_for(self._concrete(settings, size), size)
        self._keep_resident(settings, size)
        return engine

    def engine_time(self, engine_ms: float) -> None:
        """Take the engine time of the latest mask, which may lead to a move of ``scale: auto``."""
        if self._governor is None:
            return
        self._tell(self._governor.observe(engine_ms, time.monotonic(), self._warm_ms))

    def _tell(self, move: Move | None) -> None:
        if move is not None:
            self.move = f'{move.before} -> {move.after}: {move.reason}'
            self._log(f'scale auto: {self.move}')

    def _concrete(self, settings: Settings, size: Size) -> Settings:
        self._settings = settings
        self._see(size)
        if settings.scale != AUTO:
            self._governor = None
            return settings
        self._govern(settings, size)
        return self._at(self._governor.current, size)

    def _see(self, size: Size) -> None:
        now = time.monotonic()
        self._last_seen[size] = now
        for other, seen in list(self._last_seen.items()):
            if now - seen > SIZE_FORGOTTEN_AFTER_S:
                del self._last_seen[other]
                self._prefetched.pop(other, None)
                self._shelf.forget(other)

    def _govern(self, settings: Settings, size: Size) -> None:
        budget_ms = settings.latency_budget_ms
        if self._governor is None:
            self._governor = Governor(self._ladder(settings, size), budget_ms)
        elif settings.resolution != self._ladder_resolution:
            self._tell(self._governor.set_ladder(self._ladder(settings, size)))
        if self._governor.budget_ms != budget_ms:
            self._governor.set_budget(budget_ms)
        self._ladder_resolution = settings.resolution

    def _ladder(self, settings: Settings, size: Size) -> tuple[Rung, ...]:
        self._ladder_size = size
        full = [self._full_rung(settings, name, size) for name in resident_scales(settings)]
        return build_ladder(
            full,
            lowest_resolution=RESOLUTION_RANGE[0],
            fixed_cost=MULTIPLY_ADDS_PER_PIXEL * size[0] * size[1],
        )

    def _full_rung(self, settings: Settings, name: str, size: Size) -> Rung:
        network = self._shelf.open(settings.changed({'scale': name}))
        ratio = resolution_for(network, size, settings.engine_resolution)
        cost = count_multiply_adds(
            network.architecture, network.num_classes, network_size(size, ratio)
        )
        return Rung(name, ratio, float(cost + MULTIPLY_ADDS_PER_PIXEL * size[0] * size[1]))

    def _at(self, rung: Rung, size: Size) -> Settings:
        named = self._settings.changed({'scale': rung.scale})
        ratio = rung.resolution
        if named.resolution == AUTOMATIC and size != self._ladder_size:
            # The rung's is that of the frames which the ladder was built for.
            network = self._shelf.open(named)
            own, built_for = (resolution_for(network, s, None) for s in (size, self._ladder_size))
            low, high = RESOLUTION_RANGE
            ratio = min(max(ratio * own / built_for, low), high)
        return named.changed({'resolution': ratio})

    def _warm_ms(self, rung: Rung) -> float | None:
        """Return the times of a rung's engines for all sizes of frames; None if one lacks."""
        engines = [self._shelf.ready(self._at(rung, size), size) for size in self._last_seen]
        return sum(engine.warm_ms for engine in engines) if all(engines) else None

    def _keep_resident(self, settings: Settings, size: Size) -> None:
        """Begin to prepare the other resident engines, once the first of a kind is there."""
        kind = (settings.scale == AUTO, settings.resolution, settings.mask_scale)
        if self._prefetched.get(size) == kind:
            return
        self._prefetched[size] = kind
        self._shelf.prefetch(self._residents(settings, size), size)

    def _residents(self, settings: Settings, size: Size) -> list[Settings]:
        if self._governor is not None:
            return [self._at(rung, size) for rung in self._governor.ladder]
        return [settings.changed({'scale': name}) for name in resident_scales(settings)]
