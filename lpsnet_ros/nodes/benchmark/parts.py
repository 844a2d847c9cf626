"""The four processes of a case: engine alone, node, camera, and this one, which listens."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from lpsnet_ros.nodes.benchmark.case import Conduct, NodeCase
from lpsnet_ros.nodes.benchmark.listener import Listener
from lpsnet_ros.nodes.benchmark.middleware import PROFILE_VARIABLE
from lpsnet_ros.nodes.benchmark.programs import Program, Servant
from lpsnet_ros.nodes.settings import AUTOMATIC

PACKAGE = 'lpsnet_ros.nodes'


class Parts(NamedTuple):
    """What runs while a case is measured."""

    engine: Servant
    node: Program
    camera: Servant
    listener: Listener


@contextmanager
def running_parts(case: NodeCase, conduct: Conduct) -> Iterator[Parts]:
    """Start all parts, on topics of their own; stop them at the end of a ``with``."""
    namespace = f'/lpsnet_benchmark_{os.getpid()}'
    threads = {} if conduct.threads is None else {'OMP_NUM_THREADS': str(conduct.threads)}
    environment = {**os.environ, **threads}
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='lpsnet_benchmark_')))
        engine = Servant(
            f'{PACKAGE}.benchmark.engine_alone',
            [json.dumps(_engine_options(case, conduct))],
            environment,
            logs / 'engine',
        )
        node = Program(
            f'{PACKAGE}.lpsnet_node',
            _node_arguments(case, conduct, namespace),
            environment,
            logs / 'node',
        )
        camera = Servant(
            f'{PACKAGE}.benchmark.frame_publisher',
            [json.dumps(_camera_options(case, conduct, namespace))],
            {**environment, **_profile(conduct)},
            logs / 'camera',
        )
        listener = Listener(namespace, case.cameras)
        yield Parts(*map(stack.enter_context, (engine, node, camera, listener)))


def _frames(case: NodeCase, conduct: Conduct) -> dict[str, Any]:
    return {'size': case.size, 'source': conduct.source, 'frames': conduct.frames}


def _camera_options(case: NodeCase, conduct: Conduct, namespace: str) -> dict[str, Any]:
    return {'namespace': namespace, 'cameras': case.cameras, **_frames(case, conduct)}


def _profile(conduct: Conduct) -> Mapping[str, str]:
    if conduct.fastdds_profile is None:
        return {}
    return {PROFILE_VARIABLE: str(conduct.fastdds_profile.resolve())}


def _engine_options(case: NodeCase, conduct: Conduct) -> dict[str, Any]:
    return {
        'checkpoint': str(case.checkpoint),
        'cache_dir': str(conduct.cache_dir) if conduct.cache_dir else None,
        'resolution': case.resolution,
        'backend': case.backend,
        'precision': case.precision,
        **_frames(case, conduct),
    }


def _node_arguments(case: NodeCase, conduct: Conduct, namespace: str) -> list[str]:
    parameters = {
        'scale': case.checkpoint.stem,
        'models_dir': str(case.checkpoint.resolve().parent),
        'resolution': AUTOMATIC if case.resolution is None else float(case.resolution),
        'backend': case.backend,
        'precision': case.precision,
        'frame_size': '{1}x{0}'.format(*case.size),
        'engine_cache_dir': str(conduct.cache_dir.resolve()) if conduct.cache_dir else '',
    }
    if any(case.cameras):
        parameters['cameras'] = list(case.cameras)
    values = (f'{name}:={json.dumps(value)}' for name, value in parameters.items())
    assignments = [word for value in values for word in ('-p', value)]
    return ['--ros-args', '-r', f'__ns:={namespace}', *assignments]
