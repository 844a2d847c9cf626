"""Compiling a network with Torch-TensorRT 2.8 to 2.14, writing it to disk and reading it back."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from lpsnet_ros.engine.backends.base import PreparationError
from lpsnet_ros.engine.cache import AID

SUFFIX = '.pt2'
TIMING_CACHE = f'tensorrt_timing{AID}'
COMPILE_OPTIONS: Mapping[str, Any] = {
    'use_explicit_typing': True,
    'min_block_size': 1,
    'require_full_compilation': True,
    'immutable_weights': True,
    'optimization_level': 3,
    'workspace_size': 0,
    'truncate_double': True,
    'disable_tf32': False,
    'hardware_compatible': False,
    'version_compatible': False,
    'use_fp32_acc': False,
    'num_avg_timing_iters': 2,
    'cache_built_engines': False,
    'reuse_cached_engines': False,
    'offload_module_to_cpu': False,
    'lazy_engine_init': False,
    'dryrun': False,
}
"""Understood by every version: torch_tensorrt drops what it does not know without a word.

The types are the module's own (``use_explicit_typing``, always so from 2.13 on); its own engine
cache stays off because its key leaves out the arguments of operations, the GPU and all versions.
"""


def compile_engine(
    torch_tensorrt: ModuleType, scorer: nn.Module, inputs: Sequence[Tensor], folder: Path
) -> nn.Module:
    """Build one TensorRT engine of a scorer in half precision.

    Args:
        torch_tensorrt: the module.
        scorer: half precision, on the GPU.
        inputs: examples, half precision, on the GPU; their shapes are the engine's.
        folder: private; keeps TensorRT's measurements, which make the next build faster.

    Raises:
        PreparationError: part of the network would run outside the engine.

    """
    program = torch.export.export(scorer, tuple(inputs))
    with warnings.catch_warnings(), timing_cache_in(folder) as timing_cache:
        # 2.10 to 2.12 warn that use_explicit_typing is missing although it is there.
        warnings.simplefilter('ignore', DeprecationWarning)
        compiled = torch_tensorrt.dynamo.compile(
            program,
            arg_inputs=[torch_tensorrt.Input(tuple(x.shape), dtype=torch.float16) for x in inputs],
            device=torch_tensorrt.Device(f'cuda:{torch.cuda.current_device()}'),
            timing_cache_path=str(timing_cache),
            **COMPILE_OPTIONS,
        )
    require_one_engine(compiled)
    return compiled


@contextlib.contextmanager
def timing_cache_in(folder: Path) -> Iterator[Path]:
    """Give a copy of TensorRT's measurements, which replaces them once it has served.

    torch_tensorrt writes the file in place and does not check what it reads: processes that build
    at a time, or one that is killed, would spoil it, and it then every build to come.
    """
    kept = folder / TIMING_CACHE
    with tempfile.TemporaryDirectory(dir=folder) as private:
        copy = Path(private) / TIMING_CACHE
        with contextlib.suppress(OSError):
            shutil.copyfile(kept, copy)
        try:
            yield copy
        except Exception:
            kept.unlink(missing_ok=True)  # It may be the cause.
            raise
        with contextlib.suppress(OSError):
            copy.replace(kept)


def require_one_engine(compiled: nn.Module) -> None:
    """Refuse a graph that torch_tensorrt left to torch, wholly or in part; it does so silently.

    Raises:
        PreparationError: with the children that there are.

    """
    names = [name for name, _ in compiled.named_children()]
    engines = [name for name in names if '_run_on_acc' in name]
    others = [name for name in names if '_run_on_gpu' in name]
    if len(engines) != 1 or others:
        raise PreparationError(
            f'torch_tensorrt made no single engine, but {", ".join(names) or "a torch graph"}: '
            'use the cuda back end and report this with the versions of both'
        )


def save_engine(
    torch_tensorrt: ModuleType, compiled: nn.Module, inputs: Sequence[Tensor], target: Path
) -> None:
    """Write an engine to a file; whatever goes wrong is raised as it is."""
    # Some versions of torch insist on the suffix.
    written = target.with_suffix(SUFFIX)
    torch_tensorrt.save(
        compiled,
        str(written),
        output_format='exported_program',
        arg_inputs=tuple(inputs),
        retrace=True,
    )
    written.replace(target)


def load_engine(torch_tensorrt: ModuleType, source: Path) -> nn.Module:
    """Read an engine; runs code from the file, and raises whatever goes wrong as it is."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / f'engine{SUFFIX}'
        link.symlink_to(source.resolve())
        return torch_tensorrt.load(str(link)).module()
