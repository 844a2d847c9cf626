"""What built engines depend on, as text: weights, our own source, the GPU and its driver."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

L4T_RELEASE = Path('/etc/nv_tegra_release')
DRIVER_VERSION = Path('/proc/driver/nvidia/version')
_DIGITS = 16


def weights_digest(network: nn.Module) -> str:
    """Hash the names, types, shapes and values of a network's parameters and buffers."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f'{name} {tensor.dtype} {tuple(tensor.shape)}\n'.encode())
        values = tensor.detach().cpu().contiguous().reshape(-1)
        # As bytes: numpy has no bfloat16.
        digest.update(values.view(torch.uint8).numpy())
    return digest.hexdigest()[:_DIGITS]


def source_digest(modules: Sequence[ModuleType]) -> str:
    """Hash the source files of modules, whatever folder they lie in."""
    digest = hashlib.sha256()
    for module in sorted(modules, key=lambda m: m.__name__):
        source = Path(module.__file__).read_bytes()
        digest.update(f'{module.__name__} {len(source)}\n'.encode() + source)
    return digest.hexdigest()[:_DIGITS]


def driver(l4t_release: Path = L4T_RELEASE, driver_version: Path = DRIVER_VERSION) -> str:
    """Return the first line of the L4T release (Jetson), else of the driver's version."""
    for path in (l4t_release, driver_version):
        try:
            return path.read_text().splitlines()[0].strip()
        except (OSError, IndexError):
            continue
    return 'unknown'


def gpu_fields() -> dict[str, str]:
    """Describe the current GPU and what drives it; needs one."""
    properties = torch.cuda.get_device_properties(torch.cuda.current_device())
    return {
        'gpu': properties.name,
        'capability': f'{properties.major}.{properties.minor}',
        'multiprocessors': str(properties.multi_processor_count),
        'driver': driver(),
    }
