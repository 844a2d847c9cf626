"""From what a user calls a model (scale, checkpoint name or path) to its file."""

from __future__ import annotations

from pathlib import Path

from lpsnet_ros.network import SCALES
from lpsnet_ros.network.checkpoint import SUFFIX
from lpsnet_ros.resources import data_folder

PREFIX = 'lpsnet_'


def find_checkpoint(model: str, models_dir: Path | None = None) -> Path:
    """Resolve a model to a checkpoint file.

    Args:
        model: a path (with a slash or the suffix), a checkpoint's name, or a scale (tiny, s, m,
            l), which means ``lpsnet_SCALE_*.safetensors``.
        models_dir: folder of checkpoints; the package's own where not given.

    Raises:
        FileNotFoundError: there is no such checkpoint; names those that there are.

    """
    is_path = model.endswith(SUFFIX) or '/' in model
    if is_path and Path(model).is_file():
        return Path(model)
    folder = models_dir or data_folder('models')
    for match in (f'{model}{SUFFIX}', model):
        if model and (folder / match).is_file():
            return folder / match
    if model.lower() in SCALES:
        for path in sorted(folder.glob(f'{PREFIX}{model.lower()}_*{SUFFIX}')):
            return path
    raise FileNotFoundError(
        f'no model {model!r} in {folder}: available are {", ".join(available(folder)) or "none"}'
    )


def available(models_dir: Path | None = None) -> list[str]:
    """Return the names that ``find_checkpoint`` resolves in a folder: scales, then checkpoints."""
    folder = models_dir or data_folder('models')
    names = sorted(p.name.removesuffix(SUFFIX) for p in folder.glob(f'*{SUFFIX}'))
    scales = [s for s in SCALES if any(n.startswith(f'{PREFIX}{s}_') for n in names)]
    return scales + names
