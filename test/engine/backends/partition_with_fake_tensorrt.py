"""Partition check with a fake tensorrt: how Torch-TensorRT 2.8.0 would cut our network up.

Its lowering, converter registry and partitioner are real, out of the wheel that the first
argument names, unpacked; TensorRT, the GPU and the C++ runtime are names without content. So
this shows that our keywords are taken and how many engines there would be. It builds none.
The second argument is the network's output stride. Prints the names of the partitioned graph's
children.
"""

from __future__ import annotations

import json
import sys
import types
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch._dynamo

from lpsnet_ros.engine.backends import trt_engine
from lpsnet_ros.engine.backends.path_scorer import PathScorer
from lpsnet_ros.engine.backends.self_test import probe_inputs
from lpsnet_ros.network import SCALES, LPSNet

FAKE_MODULES = ('tensorrt', 'tensorrt.plugin', 'dllist')


class NamesOnly(type):
    """Makes classes that have every attribute, again such a class, and give themselves."""

    def __getattr__(cls, name: str) -> NamesOnly:
        return named(name)

    def __call__(cls, *_: object, **__: object) -> NamesOnly:
        return cls

    def __lshift__(cls, other: object) -> int:
        return 0

    def __rlshift__(cls, other: object) -> int:
        return 0


def named(name: str) -> NamesOnly:
    if name.startswith('__'):
        raise AttributeError(name)
    return type.__new__(NamesOnly, name, (), {})


class FakeModule(types.ModuleType):
    """A module that has every name."""

    __version__ = '10.3.0'

    def __getattr__(self, name: str) -> NamesOnly:
        setattr(self, name, named(name))
        return getattr(self, name)


class FakeGpu:
    major, minor, total_memory = 8, 7, 2**34


def fake_surroundings() -> None:
    """Put names where torch_tensorrt looks for TensorRT and a GPU while it is imported."""
    for name in FAKE_MODULES:
        sys.modules[name] = FakeModule(name)
        sys.modules[name].__spec__ = ModuleSpec(name, None)
    sys.modules['dllist'].dllist = list
    torch._C._CudaDeviceProperties = FakeGpu
    torch.cuda.current_device = lambda: 0
    torch.cuda.get_device_capability = lambda *_: (8, 7)
    torch.cuda.get_device_properties = lambda *_: FakeGpu
    torch.cuda.mem_get_info = lambda *_: (2**34, 2**34)


def children_of_the_partitioned_network(output_stride: int) -> list[str]:
    import torch_tensorrt

    torch_tensorrt.Device.to = lambda *_: torch.device('cpu')
    trt_engine.COMPILE_OPTIONS = {**trt_engine.COMPILE_OPTIONS, 'dryrun': True}
    architecture = replace(SCALES['s'], output_stride=output_stride)
    network = LPSNet.from_architecture(architecture, num_classes=11).folded()
    inputs = [x.half() for x in probe_inputs(network.path_sizes((120, 160)))]
    with TemporaryDirectory() as folder:
        compiled = trt_engine.compile_engine(
            torch_tensorrt, PathScorer(network).half(), inputs, Path(folder)
        )
    return [name for name, _ in compiled.named_children()]


if __name__ == '__main__':
    sys.path.insert(0, sys.argv[1])
    fake_surroundings()
    print(json.dumps(children_of_the_partitioned_network(int(sys.argv[2]))))
