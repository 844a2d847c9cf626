"""What is scored: the engine itself, or an average over sizes and mirror images."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Protocol

import torch
from torch import Tensor

from lpsnet_ros.engine import Engine, ImageToMask, Provenance
from lpsnet_ros.engine.backends.base import Frame, Mask
from lpsnet_ros.engine.engine import network_size, resolution_for
from lpsnet_ros.network import ClassTable, LPSNet
from lpsnet_ros.network.model import resize

Size = tuple[int, int]
KEPT = 4
"""Frame sizes whose segmenters are kept: each holds a copy of the network."""


class Segmenter(Protocol):
    """Turns frames of one size, uint8 (H,W,3) BGR, into class ids, uint8 (H,W)."""

    provenance: Provenance

    def __call__(self, frame: Frame) -> Mask: ...


class Segmenters(Protocol):
    """Segmenters of one network, for frames of any size."""

    classes: ClassTable

    def for_size(self, size: Size) -> Segmenter:
        """Return the segmenter for frames of a (height, width), ready."""


class Engines:
    """The real engine, in any back end and precision: what a user of the node gets.

    Args:
        network: carries its ``info``.
        options: as for ``Engine``.

    """

    def __init__(self, network: LPSNet, **options: object) -> None:
        self.classes = network.info.classes
        self.for_size = lru_cache(KEPT)(partial(Engine, network, **options))


class Averages:
    """Class probabilities averaged over sizes and mirror images, as papers' ms+flip scores.

    Engines give masks only, so this runs the network in plain torch, in float32, on the GPU
    where there is one.

    Args:
        network: carries its ``info``.
        scales: factors of the size that the network sees.
        flip: also segment each frame's mirror image.
        resolution, model: as for ``Engine``.

    """

    def __init__(
        self,
        network: LPSNet,
        scales: Sequence[float] = (1.0,),
        flip: bool = False,
        *,
        resolution: float | None = None,
        model: str = '',
    ) -> None:
        self.classes = network.info.classes
        options = {'scales': scales, 'flip': flip, 'resolution': resolution, 'model': model}
        self.for_size = lru_cache(KEPT)(partial(_Average, network, **options))


class _Average:
    """Averages the probabilities of one frame; see ``Averages``."""

    def __init__(
        self,
        network: LPSNet,
        size: Size,
        scales: Sequence[float],
        flip: bool,
        resolution: float | None,
        model: str,
    ) -> None:
        started = time.perf_counter()
        ratio = resolution_for(network, size, resolution)
        self._device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
        self._flip = flip
        self._views = [
            ImageToMask(network, network_size(size, ratio * scale)).to(self._device)
            for scale in scales
        ]
        mirrored = ', each also mirrored' if flip else ''
        self.provenance = Provenance(
            model=model or network.architecture.name,
            backend='eager torch',
            precision='fp32',
            device=str(self._device),
            reason='engines give masks, which can not be averaged',
            note=f'scales {", ".join(f"{scale:g}" for scale in scales)}{mirrored}',
            resolution=ratio,
            seconds=time.perf_counter() - started,
        )

    @torch.inference_mode()
    def __call__(self, frame: Frame) -> Mask:
        pixels = torch.from_numpy(frame).to(self._device)
        views = [_probabilities(view, pixels) for view in self._views]
        if self._flip:
            mirrored = pixels.flip(1)
            views += [_probabilities(view, mirrored).flip(-1) for view in self._views]
        return sum(views).argmax(0).to(torch.uint8).cpu().numpy()


def _probabilities(view: ImageToMask, pixels: Tensor) -> Tensor:
    """Return float (C,H,W) of a frame's tensor (H,W,3)."""
    return resize(view.logits(pixels), pixels.shape[:2])[0].softmax(0)
