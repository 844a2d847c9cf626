"""An engine out of the cache that has proved itself, or a new one and why."""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

from lpsnet_ros.engine import fingerprint
from lpsnet_ros.engine.backends import path_scorer, self_test, trt_engine
from lpsnet_ros.engine.backends.base import PreparationError, Task
from lpsnet_ros.engine.backends.gpu import GPU_CALLS
from lpsnet_ros.engine.backends.path_scorer import PathScorer
from lpsnet_ros.engine.cache import EngineCache, Lookup
from lpsnet_ros.engine.progress import telling_progress
from lpsnet_ros.engine.reason import reason_of
from lpsnet_ros.network import architecture, blocks, model

KIND = 'torch_tensorrt'
SOURCES = (architecture, blocks, model, path_scorer, self_test, trt_engine)
EXPECTED = 'expected'
_log = logging.getLogger('lpsnet_ros')


class EngineProvider:
    """Finds or builds the engine of one task.

    Whether built or read from disk, an engine is trusted once it gives, twice, the class ids
    that torch in float32 finds in a fixed input: the second run is a replay of its CUDA graph,
    which is captured anew on another stream than that of the first.

    Args:
        torch_tensorrt: the module.
        task: of which the network and its input sizes matter here.
        cache: where engines are kept.
        stream: that the engine will run on.

    """

    def __init__(
        self,
        torch_tensorrt: ModuleType,
        task: Task,
        cache: EngineCache,
        stream: torch.cuda.Stream,
    ) -> None:
        self._torch_tensorrt = torch_tensorrt
        self._task = task
        self._cache = cache
        self._stream = stream
        self._sizes = task.network.path_sizes(task.network_size)
        self._fields = self._all_fields()

    def engine(self) -> tuple[nn.Module, str]:
        """Return an engine, half-precision inputs -> logits, and where it comes from.

        Raises:
            PreparationError: it can't be built, or does not compute what torch does.

        """
        with self._workplace() as (folder, obstacle):
            lookup = self._cache.find(KIND, self._fields)
            engine, reason = self._from_cache(lookup)
            if engine is not None:
                return engine, reason
            _log.info('No engine to reuse: %s', reason)
            engine, expected = self._build(folder)
            kept = obstacle or self._keep(engine, expected)
        return engine, f'engine built ({reason}){kept}'

    @contextlib.contextmanager
    def _workplace(self) -> Iterator[tuple[Path, str]]:
        """Give a private folder, and why it is not the cache's where it can't be that."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._cache.building(KIND, self._fields))
                folder, obstacle = self._cache.folder, ''
            except OSError as error:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                obstacle = f', not kept: {error}'
            yield folder, obstacle

    def _from_cache(self, lookup: Lookup) -> tuple[nn.Module | None, str]:
        if lookup.path is None:
            return None, lookup.reason
        try:
            engine = trt_engine.load_engine(self._torch_tensorrt, lookup.path)
            self._check(engine, self_test.unpack(lookup.notes[EXPECTED]))
        except Exception as error:  # Reading runs foreign code, which raises nearly anything.
            return None, f'{lookup.path.name} can not be used: {reason_of(error)}'
        return engine, f'engine from the cache, {lookup.path.name}'

    def _build(self, folder: Path) -> tuple[nn.Module, Tensor]:
        scorer = PathScorer(self._task.network).cuda()
        # Without this "float32" would round to 10 bits of fraction (TF32).
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            expected = self_test.class_ids(scorer, self._probe(torch.float32))
        with telling_progress('Building the TensorRT engine'):
            engine = trt_engine.compile_engine(
                self._torch_tensorrt, scorer.half(), self._probe(torch.float16), folder
            )
        self._check(engine, expected)
        return engine, expected

    def _check(self, engine: nn.Module, expected: Tensor) -> None:
        inputs = self._probe(torch.float16)
        self._stream.wait_stream(torch.cuda.current_stream())
        for _ in range(2):
            with GPU_CALLS, torch.cuda.stream(self._stream):
                ids = self_test.class_ids(engine, inputs)
            share = self_test.agreement(ids, expected)
            if share < self_test.NEEDED_AGREEMENT:
                raise PreparationError(
                    f'the engine agrees with torch on {share:.1%} of a fixed input only: '
                    'choose the cuda back end'
                )

    def _keep(self, engine: nn.Module, expected: Tensor) -> str:
        inputs = self._probe(torch.float16)
        try:
            self._cache.store(
                KIND,
                self._fields,
                lambda path: trt_engine.save_engine(self._torch_tensorrt, engine, inputs, path),
                {EXPECTED: self_test.pack(expected)},
            )
        except Exception as error:  # An engine that can't be kept still works.
            _log.warning('The TensorRT engine can not be kept: %s', reason_of(error))
            return f', not kept: {reason_of(error)}'
        return ', kept for the next start'

    def _probe(self, dtype: torch.dtype) -> list[Tensor]:
        return [x.to('cuda', dtype) for x in self_test.probe_inputs(self._sizes)]

    def _all_fields(self) -> dict[str, str]:
        return {
            'weights': fingerprint.weights_digest(self._task.network),
            'source': fingerprint.source_digest(SOURCES),
            'inputs': ' '.join(f'1x3x{h}x{w}' for h, w in self._sizes),
            'precision': self._task.precision,
            'options': json.dumps(dict(trt_engine.COMPILE_OPTIONS), sort_keys=True),
            'torch': torch.__version__,
            'cuda': str(torch.version.cuda),
            'torch_tensorrt': self._torch_tensorrt.__version__,
            'tensorrt': importlib.import_module('tensorrt').__version__,
            **fingerprint.gpu_fields(),
        }
