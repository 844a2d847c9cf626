"""Frame to mask on a GPU around a network: upload, stages, download."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from lpsnet_ros.engine.backends.base import Backend, Frame, Mask, Segmentation, Task
from lpsnet_ros.engine.backends.frame_ends import choose_frame_ends
from lpsnet_ros.engine.backends.gpu import GPU_CALLS
from lpsnet_ros.engine.backends.normalisation import Normalisation

UPLOAD_BANDS = 4
WARM_UP_RUNS = 3
WHOLE = 'whole'
_STAGES = ('normalise', 'network', 'upsample+argmax')
Network = Callable[..., Tensor]


class GpuPipeline:
    """Everything between a frame and a mask in fixed buffers, on one stream.

    Args:
        task: sizes, channel order and normalisation.
        network: a path's inputs, each (1,3,h,w) RGB -> logits (1,C,h,w), on the GPU.
        dtype, memory_format: of the inputs.
        stream: to run on; one of its own where not given.

    """

    def __init__(
        self,
        task: Task,
        network: Network,
        dtype: torch.dtype,
        memory_format: torch.memory_format,
        stream: torch.cuda.Stream | None = None,
    ) -> None:
        self.device = torch.device('cuda', torch.cuda.current_device())
        self.inputs = empty_inputs(task, self.device, dtype, memory_format)
        self._network = network
        self._normalisation = Normalisation.of(task.network, task.bgr, self.device)
        self._ends = choose_frame_ends(self.device)
        self._stream = stream or torch.cuda.Stream(self.device)
        shape = (*task.frame_size, 3)
        self._staging = torch.empty(shape, dtype=torch.uint8, pin_memory=True)
        self._frame = torch.zeros(shape, dtype=torch.uint8, device=self.device)
        self._frame_size = task.frame_size
        self._mask = torch.empty(task.mask_size, dtype=torch.uint8, device=self.device)
        self._logits = torch.empty(0)
        self._graphs: dict[str, tuple[torch.cuda.CUDAGraph, Tensor]] = {}

    @property
    def note(self) -> str:
        """Which kernels compute the two ends."""
        return self._ends.note

    @torch.inference_mode()
    def __call__(self, frame: Frame) -> Mask:
        with GPU_CALLS, torch.cuda.stream(self._stream):
            mask = self._whole(frame)
        self._stream.synchronize()
        return mask.numpy()

    @torch.inference_mode()
    def segment(self, frame: Frame) -> Segmentation:
        """As a call, with a copy of the logits."""
        with GPU_CALLS, torch.cuda.stream(self._stream):
            mask, logits = self._whole(frame), self._logits[0].clone()
        self._stream.synchronize()
        return Segmentation(mask.numpy(), logits, self._frame_size)

    @torch.inference_mode()
    def timed(self, frame: Frame) -> tuple[Segmentation, Mapping[str, float]]:
        """As ``segment``, stage by stage; their times in ms are the GPU's own."""
        names = ['upload', *_STAGES, 'download']
        marks = [torch.cuda.Event(enable_timing=True) for _ in range(len(names) + 1)]
        with GPU_CALLS, torch.cuda.stream(self._stream):
            marks[0].record()
            self._upload(frame)
            for stage, mark in zip(_STAGES, marks[1:]):
                mark.record()
                self._run(stage)
            marks[-2].record()
            mask = self._download()
            marks[-1].record()
            logits = self._logits[0].clone()
        self._stream.synchronize()
        times = [begin.elapsed_time(end) for begin, end in pairwise(marks)]
        return Segmentation(mask.numpy(), logits, self._frame_size), dict(zip(names, times))

    @torch.inference_mode()
    def warm_up(self) -> None:
        """Segment black frames until everything is compiled, tuned and allocated."""
        self._stream.wait_stream(torch.cuda.current_stream(self.device))
        black = np.zeros((*self._frame_size, 3), np.uint8)
        for _ in range(WARM_UP_RUNS):
            self.segment(black)

    @torch.inference_mode()
    def capture(self) -> None:
        """Turn the stages into CUDA graphs: one of all for calls, one of each for timing.

        The network must be capturable; call ``warm_up`` first.
        """
        pool = torch.cuda.graph_pool_handle()
        with GPU_CALLS:
            self._graphs = {n: self._captured(work, pool) for n, work in self._works().items()}

    def _captured(
        self, work: Callable[[], None], pool: tuple[int, int]
    ) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        graph = torch.cuda.CUDAGraph()
        # Thread local: another engine may be at work on this GPU in another thread meanwhile.
        with torch.cuda.graph(
            graph, pool=pool, stream=self._stream, capture_error_mode='thread_local'
        ):
            work()
        # Each graph writes or reads logits of its own; held, no later graph gets their memory.
        return graph, self._logits

    def _works(self) -> dict[str, Callable[[], None]]:
        stages = dict(zip(_STAGES, (self._fill_inputs, self._score, self._classify)))
        return {WHOLE: self._run_stages, **stages}

    def _run(self, name: str) -> None:
        if self._graphs:
            graph, self._logits = self._graphs[name]
            graph.replay()
        else:
            self._works()[name]()

    def _whole(self, frame: Frame) -> Tensor:
        self._upload(frame)
        self._run(WHOLE)
        return self._download()

    def _upload(self, frame: Frame) -> None:
        # In bands, so that one crosses the bus while the next is copied to where it can.
        bands = (t.tensor_split(UPLOAD_BANDS) for t in (torch.from_numpy(frame), self._staging))
        for given, staged, target in zip(*bands, self._frame.tensor_split(UPLOAD_BANDS)):
            staged.copy_(given)
            target.copy_(staged, non_blocking=True)

    def _run_stages(self) -> None:
        self._fill_inputs()
        self._score()
        self._classify()

    def _fill_inputs(self) -> None:
        for out in self.inputs:
            self._ends.fill_input(self._frame, self._normalisation, out)

    def _score(self) -> None:
        self._logits = self._network(*self.inputs)

    def _classify(self) -> None:
        self._ends.upsample_argmax(self._logits[0], self._frame_size, self._mask)

    def _download(self) -> Tensor:
        # Each mask has pinned memory of its own, which torch keeps for the next one once the
        # caller has let go of it: no copy, and no allocation while masks come and go.
        mask = torch.empty(self._mask.shape, dtype=torch.uint8, pin_memory=True)
        return mask.copy_(self._mask, non_blocking=True)


class GpuBackend(Backend):
    """A back end whose ``pipeline`` does the work; each readies one of its own."""

    pipeline: GpuPipeline

    def __call__(self, frame: Frame) -> Mask:
        return self.pipeline(frame)

    def segment(self, frame: Frame) -> Segmentation:
        return self.pipeline.segment(frame)

    def timed(self, frame: Frame) -> tuple[Segmentation, Mapping[str, float]]:
        return self.pipeline.timed(frame)


def empty_inputs(
    task: Task, device: torch.device, dtype: torch.dtype, memory_format: torch.memory_format
) -> list[Tensor]:
    """Return zeros (1,3,h,w) for each path of a task's network."""
    return [
        torch.zeros(1, 3, *size, dtype=dtype, device=device).to(memory_format=memory_format)
        for size in task.network.path_sizes(task.network_size)
    ]
