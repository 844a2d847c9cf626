"""The engines that a node holds: one for each combination of scale, resolution and frame size."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.network import LPSNet, load_checkpoint
from lpsnet_ros.nodes.settings import Settings

CAPACITY = 4


class EngineShelf:
    """Loads networks and prepares engines when they are first asked for; keeps the latest used.

    Not thread-safe: ``open`` belongs to configuring, ``engine_for`` to the worker.
    """

    def __init__(self) -> None:
        self._networks: dict[Path, LPSNet] = {}
        self._engines: OrderedDict[tuple, Engine] = OrderedDict()
        self.current: Engine | None = None

    def open(self, settings: Settings) -> LPSNet:
        """Load the network that the settings name, so that its faults show before any frame.

        Raises:
            FileNotFoundError, ValueError: there is no such checkpoint, or it is damaged.

        """
        path = self._path(settings)
        if path not in self._networks:
            self._networks[path] = load_checkpoint(path).folded()
        return self._networks[path]

    def engine_for(self, settings: Settings, size: tuple[int, int]) -> Engine:
        """Return the engine for frames of ``size`` (height, width), preparing it if need be.

        Raises:
            FileNotFoundError, ValueError: as ``open``, or the size does not suit the network.

        """
        path = self._path(settings)
        key = (path, settings.resolution, size)
        if key not in self._engines:
            self._engines[key] = Engine(
                self.open(settings), size, resolution=settings.engine_resolution, model=str(path)
            )
            while len(self._engines) > CAPACITY:
                self._engines.popitem(last=False)
        self._engines.move_to_end(key)
        self.current = self._engines[key]
        return self.current

    @staticmethod
    def _path(settings: Settings) -> Path:
        return find_checkpoint(settings.scale, settings.models_folder)
