"""The CPU back end: the network by torch, its two ends by our own kernels."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from lpsnet_ros.engine.backends.base import Backend, Confidence, Frame, Mask, Segmentation, Task
from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.input_folding import fold_normalisation, frame_mean
from lpsnet_ros.engine.native import NativeKernels
from lpsnet_ros.engine.native_build import build
from lpsnet_ros.engine.upsample_argmax import upsample_argmax
from lpsnet_ros.network.model import resize

PRECISIONS = {'fp32': torch.float32, 'bf16': torch.bfloat16}


class CpuBackend(Backend):
    """Frames are resized straight into each path's padded input; only masks leave it.

    Where no C compiler is at hand, or what it makes can't be trusted, torch resizes and chooses
    the classes, several times slower.
    """

    name = 'cpu'
    precisions = tuple(PRECISIONS)

    @classmethod
    def unavailable(cls) -> str | None:
        return None

    @classmethod
    def best_precision(cls) -> str:
        """Bf16 where the processor multiplies it; elsewhere it is several times slower."""
        supported = getattr(torch.cpu, '_is_avx512_bf16_supported', lambda: False)
        return 'bf16' if supported() else 'fp32'

    def __init__(self, task: Task, cache: EngineCache) -> None:
        self.device = 'cpu'
        self._frame_size, self._mask_size = task.frame_size, task.mask_size
        self._dtype = PRECISIONS[task.precision]
        self._network = fold_normalisation(task.network, task.bgr).to(
            self._dtype, memory_format=torch.channels_last
        )
        library, self.note = build(cache)
        threads = torch.get_num_threads()
        self._kernels = NativeKernels(library, threads) if library else None
        # Threads of its own: the next frame shall not queue behind the confidence of the last.
        self._confidence_kernels = NativeKernels(library, threads) if library else None
        mean = frame_mean(task.network, task.bgr)
        self._inputs = [
            mean.repeat(height + 2, width + 2, 1)
            for height, width in task.network.path_sizes(task.network_size)
        ]

    @torch.inference_mode()
    def timed(self, frame: Frame) -> tuple[Segmentation, Mapping[str, float]]:
        begun = time.perf_counter()
        inputs = self._fill_inputs(frame)
        prepared = time.perf_counter()
        logits = self._network.forward_paths(inputs)[0].float()
        scored = time.perf_counter()
        mask = self._classes(logits)
        done = time.perf_counter()
        return Segmentation(mask, logits, self._frame_size), {
            'normalise': 1e3 * (prepared - begun),
            'network': 1e3 * (scored - prepared),
            'upsample+argmax': 1e3 * (done - scored),
        }

    @torch.inference_mode()
    def confidence(self, segmentation: Segmentation) -> Confidence:
        if not self._confidence_kernels:
            return super().confidence(segmentation)
        levels = np.empty(segmentation.mask.shape, np.uint8)
        planes = segmentation.logits.contiguous().numpy()
        self._confidence_kernels.confidence(planes, segmentation.frame_size, levels)
        return levels

    def _fill_inputs(self, frame: Frame) -> list[Tensor]:
        for padded in self._inputs:
            inner = padded[1:-1, 1:-1]
            if self._kernels:
                self._kernels.resize_frame(frame, inner.numpy())
            else:
                pixels = torch.from_numpy(frame).permute(2, 0, 1)[None].float()
                inner.copy_(resize(pixels, inner.shape[:2])[0].permute(1, 2, 0))
        return [p.permute(2, 0, 1)[None].to(self._dtype) for p in self._inputs]

    def _classes(self, logits: Tensor) -> Mask:
        if not self._kernels:
            return upsample_argmax(logits, self._frame_size, self._mask_size).numpy()
        mask = np.empty(self._mask_size, np.uint8)
        scores = logits.permute(1, 2, 0).contiguous()
        coarse = scores.argmax(dim=2).to(torch.uint8)
        self._kernels.upsample_argmax(scores.numpy(), coarse.numpy(), self._frame_size, mask)
        return mask
