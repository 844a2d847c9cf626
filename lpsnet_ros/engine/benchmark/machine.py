"""The machine and the versions that a number depends on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

import lpsnet_ros

PACKAGES = (
    'torch_tensorrt',
    'tensorrt',
    'triton',
    'numpy',
    'onnx',
    'onnxscript',
    'onnxruntime',
    'openvino',
)
# Names that one thing is distributed under.
OPENCV = ('opencv-python-headless', 'opencv-python', 'opencv-contrib-python', 'opencv')
TENSORRT = ('tensorrt', 'tensorrt-cu13', 'tensorrt-cu12')
GIBIBYTE = 2**30
BUSY_SHARE = 0.25


def describe_machine() -> dict[str, Any]:
    """Return processor, cores, memory, GPU, system and how busy it is; fit for JSON."""
    return {
        'processor': _processor(),
        'architecture': platform.machine(),
        'cores': os.cpu_count(),
        'usable_cores': len(os.sched_getaffinity(0)),
        'memory_gib': round(_memory_bytes() / GIBIBYTE, 1),
        'gpu': _gpu(),
        'system': platform.platform(),
        'load_average': round(os.getloadavg()[0], 2),
    }


def describe_versions() -> dict[str, str | None]:
    """Return versions by name, None for what is not installed; imports nothing but torch."""
    found = {name: _installed(name) for name in PACKAGES}
    found['tensorrt'] = next((v for v in map(_installed, TENSORRT) if v), None)
    return {
        'lpsnet_ros': lpsnet_ros.__version__,
        'python': platform.python_version(),
        'torch': str(torch.__version__),
        'cuda': torch.version.cuda,
        'opencv': next((v for v in map(_installed, OPENCV) if v), None),
        **found,
    }


def in_one_line(machine: Mapping[str, Any], versions: Mapping[str, str | None]) -> str:
    """Write what ``describe_machine`` and ``describe_versions`` return for people."""
    hardware = machine['gpu'] or machine['processor']
    installed = ', '.join(f'{name} {number}' for name, number in versions.items() if number)
    return f'{hardware}, {machine["usable_cores"]} cores, {machine["memory_gib"]} GiB; {installed}'


def busy_note(machine: Mapping[str, Any]) -> str | None:
    """Say that other programs disturb timings, where they do.

    Args:
        machine: from ``describe_machine``, before anything of ours was running.

    """
    load, cores = machine['load_average'], machine['usable_cores']
    if load < BUSY_SHARE * cores:
        return None
    return f'load average {load} on {cores} cores: other programs run, the times are disturbed'


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(':')[2].strip() for line in lines if line.startswith('model name'))
    return next(named, platform.processor() or platform.machine())


def _memory_bytes() -> int:
    return os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')


def _gpu() -> str | None:
    if not torch.cuda.is_available():
        return None
    capability = '.'.join(map(str, torch.cuda.get_device_capability()))
    return f'{torch.cuda.get_device_name()} (compute capability {capability})'
