"""The TensorRT back end: the network as one half-precision engine of Torch-TensorRT."""

from __future__ import annotations

import torch

from lpsnet_ros.engine.backends.base import PreparationError, Task
from lpsnet_ros.engine.backends.gpu import preparing
from lpsnet_ros.engine.backends.gpu_pipeline import GpuBackend, GpuPipeline
from lpsnet_ros.engine.backends.trt_import import import_torch_tensorrt
from lpsnet_ros.engine.backends.trt_provision import EngineProvider
from lpsnet_ros.engine.cache import EngineCache


class TensorRtBackend(GpuBackend):
    """An engine from the paths' inputs to logits, between the kernels of the CUDA back end.

    TensorRT neither takes the uint8 frame nor gives the uint8 mask: Torch-TensorRT has no such
    types at an engine's boundary. So both ends stay outside, where no full-size scores are made.
    """

    name = 'torch_tensorrt'
    precisions = ('fp16',)

    @classmethod
    def unavailable(cls) -> str | None:
        module, reason = import_torch_tensorrt()
        return None if module else reason

    @classmethod
    def best_precision(cls) -> str:
        return 'fp16'

    def __init__(self, task: Task, cache: EngineCache) -> None:
        torch_tensorrt, reason = import_torch_tensorrt()
        if torch_tensorrt is None:
            raise PreparationError(reason)
        with preparing(task):
            self.device = f'cuda ({torch.cuda.get_device_name()})'
            # The whole process's mode, because it alone reaches an engine that was read from disk.
            torch_tensorrt.runtime.set_cudagraphs_mode(True)
            stream = torch.cuda.Stream()
            engine, note = EngineProvider(torch_tensorrt, task, cache, stream).engine()
            self.pipeline = GpuPipeline(
                task, engine, torch.float16, torch.contiguous_format, stream
            )
            self.pipeline.warm_up()
        self.note = f'{note}, {self.pipeline.note}'
