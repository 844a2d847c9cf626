"""The CUDA back end: torch on any NVIDIA GPU, one CUDA graph a frame, no TensorRT."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch

from lpsnet_ros.engine.backends.base import Task
from lpsnet_ros.engine.backends.gpu import cuda_obstacle, preparing
from lpsnet_ros.engine.backends.gpu_pipeline import GpuBackend, GpuPipeline
from lpsnet_ros.engine.backends.path_scorer import PathScorer
from lpsnet_ros.engine.cache import EngineCache

FAST_HALF_CAPABILITY = (7, 0)


class CudaBackend(GpuBackend):
    """Channels-last network between our kernels, from upload buffer to mask one CUDA graph."""

    name = 'cuda'
    dtypes: ClassVar[Mapping[str, torch.dtype]] = {
        'fp16': torch.float16,
        'bf16': torch.bfloat16,
        'fp32': torch.float32,
    }
    precisions = tuple(dtypes)

    @classmethod
    def unavailable(cls) -> str | None:
        return cuda_obstacle()

    @classmethod
    def best_precision(cls) -> str:
        """Fp16 from Volta on; most older GPUs compute it many times slower than fp32."""
        return 'fp16' if torch.cuda.get_device_capability() >= FAST_HALF_CAPABILITY else 'fp32'

    def __init__(self, task: Task, cache: EngineCache) -> None:
        dtype = self.dtypes[task.precision]
        # Convolutions are tried out once for these shapes. "fp32" means it: without this they
        # would round to 10 bits of fraction (TF32).
        tuned = torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=False)
        with preparing(task), tuned:
            self.device = f'cuda ({torch.cuda.get_device_name()})'
            network = PathScorer(task.network).to(
                'cuda', dtype=dtype, memory_format=torch.channels_last
            )
            self.pipeline = GpuPipeline(task, network, dtype, torch.channels_last)
            self.pipeline.warm_up()
            self.pipeline.capture()
            # The first replay as well: what fails there shall lead to the next back end.
            self.pipeline.warm_up()
        self.note = f'one CUDA graph, {self.pipeline.note}'
