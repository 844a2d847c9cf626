"""From what a user calls a model (scale, checkpoint name or path) to its file."""

from __future__ import annotations

from pathlib import Path

from lpsnet_ros.network import SCALES
from lpsnet_ros.network.checkpoint import SUFFIX
from lpsnet_ros.resources import data_folder

PREFIX = 'lpsnet_'


def find_checkpoint(model: str, models_dir: Path | None = None) -> Path:
    """Resolve a model to a checkpoint file.

    Tried in this order:

    1. a path, with a slash or the suffix: that file, ``~`` for the home folder;
    2. a file's name in the folder, with or without the suffix: ``grown_3``, ``lpsnet_s_camvid``;
    3. that name without ``lpsnet_``: ``s_camvid``;
    4. a scale (tiny, s, m, l): the first of ``lpsnet_SCALE_*.safetensors`` by name.

    Args:
        model: what the user calls it; scales in any case.
        models_dir: folder of checkpoints; the package's own where not given.

    Raises:
        FileNotFoundError: there is no such checkpoint; names those that there are.
        ValueError: the path is that of another file.

    """
    path = Path(model).expanduser()
    if ('/' in model or model.endswith(SUFFIX)) and path.is_file():
        return _checkpoint_at(path)
    folder = models_dir or data_folder('models')
    for match in (f'{model}{SUFFIX}', model, f'{PREFIX}{model}{SUFFIX}'):
        if model and (folder / match).is_file():
            return folder / match
    if model.lower() in SCALES:
        for path in sorted(folder.glob(f'{PREFIX}{model.lower()}_*{SUFFIX}')):
            return path
    if '/' in model:
        raise FileNotFoundError(f'no file {path}')
    raise FileNotFoundError(
        f'no model {model!r} in {folder}: available are {", ".join(available(folder)) or "none"}'
    )


def _checkpoint_at(path: Path) -> Path:
    if path.suffix != SUFFIX:
        raise ValueError(
            f'{path} is no *{SUFFIX}: official weights (*.pth) become one by '
            f'"lpsnet models convert {path} --scale SCALE"'
        )
    return path


def available(models_dir: Path | None = None) -> list[str]:
    """Return the names that ``find_checkpoint`` resolves in a folder: scales, then checkpoints."""
    names = [path.stem for path in checkpoints(models_dir)]
    scales = [s for s in SCALES if any(n.startswith(f'{PREFIX}{s}_') for n in names)]
    return scales + names


def checkpoints(models_dir: Path | None = None) -> list[Path]:
    """Return a folder's checkpoint files, by name; the package's own where not given."""
    return sorted((models_dir or data_folder('models')).glob(f'*{SUFFIX}'))


def other_names(path: Path) -> list[str]:
    """Return what else means a checkpoint in its folder: the scale it stands for, ``s_camvid``."""
    short = path.stem.removeprefix(PREFIX)
    candidates = (short.partition('_')[0], short)
    return [name for name in candidates if name != path.stem and _means(name, path)]


def _means(name: str, path: Path) -> bool:
    try:
        return find_checkpoint(name, path.parent) == path
    except FileNotFoundError:
        return False
