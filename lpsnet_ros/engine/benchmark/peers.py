"""What a user would pick instead, computing the same masks from the same frames."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lpsnet_ros.engine.backends.base import Frame, Mask
from lpsnet_ros.engine.backends.cpu import CpuBackend
from lpsnet_ros.engine.benchmark.measure import Run
from lpsnet_ros.engine.benchmark.plain import PlainPipeline, on_frames
from lpsnet_ros.engine.benchmark.results import EAGER
from lpsnet_ros.network import LPSNet

EXTRA = 'pip install "lpsnet_ros[bench]"'


@dataclass(frozen=True)
class PeerTask:
    """What peers are asked to compute.

    Args:
        network: with its ``info``.
        network_size: (height, width) of the picture that the network sees.
        frame: an example, uint8 (H,W,3) BGR; its size is that of all frames.
        threads: that a peer may use.
        precision: the engine's; peers in torch on a GPU use it as well.
        device: the engine's.

    """

    network: LPSNet
    network_size: tuple[int, int]
    frame: Frame
    threads: int
    precision: str
    device: torch.device

    def pipeline(self, dtype: torch.dtype = torch.float32) -> PlainPipeline:
        """Return what the peer has to compute, on the CPU."""
        return PlainPipeline(self.network, self.network_size, dtype).eval()


@dataclass(frozen=True)
class Peer:
    """An alternative.

    Args:
        description: what it is and which part of the work it got.
        modules: Python modules that it needs.
        build: gets it ready.
        unfit: says why it can't take part in a task although it is installed; else None.

    """

    description: str
    modules: tuple[str, ...]
    build: Callable[[PeerTask], Run]
    unfit: Callable[[PeerTask], str | None] = lambda task: None

    def missing(self) -> str | None:
        """Name the modules that are not installed; None where all are."""
        absent = [m for m in self.modules if importlib.util.find_spec(m) is None]
        return f'not installed: {", ".join(absent)} ({EXTRA})' if absent else None


def _gpu_dtype(task: PeerTask) -> torch.dtype:
    low = {'fp16': torch.float16, 'bf16': torch.bfloat16}
    return torch.float32 if task.device.type == 'cpu' else low.get(task.precision, torch.float32)


def _eager(task: PeerTask) -> Run:
    return on_frames(task.pipeline(_gpu_dtype(task)).to(task.device), task.device)


def _compiled(task: PeerTask, dtype: torch.dtype) -> Run:
    # The number of threads is compiled in, and is not part of what torch recompiles for.
    torch._dynamo.reset()
    options = {'cpp.threads': task.threads} if task.device.type == 'cpu' else {}
    pipeline = torch.compile(task.pipeline(dtype).to(task.device), options=options)
    return on_frames(pipeline, task.device)


def _onnxruntime(task: PeerTask) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = task.threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / 'pipeline.onnx')
        example = (torch.from_numpy(task.frame),)
        torch.onnx.export(task.pipeline(), example, path, dynamo=True, verbose=False)
        session = onnxruntime.InferenceSession(path, options, ['CPUExecutionProvider'])
    name = session.get_inputs()[0].name

    def run(frame: Frame) -> Mask:
        return session.run(None, {name: frame})[0]

    return run


def _openvino(task: PeerTask, precision: str) -> Run:
    import openvino

    settings: Mapping[str, Any] = {
        'PERFORMANCE_HINT': 'LATENCY',
        'NUM_STREAMS': 1,
        'INFERENCE_NUM_THREADS': task.threads,
        'INFERENCE_PRECISION_HINT': precision,
    }
    model = openvino.convert_model(
        task.pipeline(),
        example_input=torch.from_numpy(task.frame),
        input=[openvino.PartialShape(list(task.frame.shape))],
    )
    request = openvino.Core().compile_model(model, 'CPU', settings).create_infer_request()

    def run(frame: Frame) -> Mask:
        # Copied, as the request's own memory is written to by the next call.
        return request.infer([frame])[0].copy()

    return run


def _gpu_engine(task: PeerTask) -> str | None:
    return None if task.device.type == 'cpu' else 'computes on the CPU, the engine on the GPU'


def _no_bf16(task: PeerTask) -> str | None:
    fast = CpuBackend.best_precision() == 'bf16'
    return _gpu_engine(task) or (None if fast else 'this processor does not multiply bf16')


PEERS: dict[str, Peer] = {
    EAGER: Peer('the plain pipeline in torch, as official evaluation does it', (), _eager),
    'compile': Peer(
        'torch.compile (inductor) of the whole plain pipeline',
        (),
        lambda task: _compiled(task, _gpu_dtype(task)),
    ),
    'compile-bf16': Peer(
        'the same, its network in bf16',
        (),
        lambda task: _compiled(task, torch.bfloat16),
        _no_bf16,
    ),
    'onnxruntime': Peer(
        'ONNX Runtime fp32; the whole plain pipeline by torch.onnx.export(dynamo=True)',
        ('onnx', 'onnxscript', 'onnxruntime'),
        _onnxruntime,
        _gpu_engine,
    ),
    'openvino': Peer(
        'OpenVINO fp32; the whole plain pipeline by openvino.convert_model',
        ('openvino',),
        lambda task: _openvino(task, 'f32'),
        _gpu_engine,
    ),
    'openvino-bf16': Peer(
        'the same with INFERENCE_PRECISION_HINT bf16',
        ('openvino',),
        lambda task: _openvino(task, 'bf16'),
        _no_bf16,
    ),
}
