"""Which networks are to be ready before they are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from lpsnet_ros.engine.backends import AUTO
from lpsnet_ros.engine.zoo import available, find_checkpoint
from lpsnet_ros.engine.zoo.names import PREFIX
from lpsnet_ros.network import SCALES
from lpsnet_ros.network.header import read_header
from lpsnet_ros.nodes.settings import Settings


def resident_scales(settings: Settings) -> tuple[str, ...]:
    """Return the names of what is to be ready before it is asked for.

    Raises:
        FileNotFoundError: ``scale`` is auto and no scale has a checkpoint.
        ValueError: ``scale`` is auto and a class id would mean one thing now, another later.

    """
    named = tuple(name for name in settings.resident_scales if name)
    if settings.scale != AUTO:
        return named
    scales = named or _scales_with_checkpoint(settings)
    _require_same_classes(settings, scales)
    return scales


def _scales_with_checkpoint(settings: Settings) -> tuple[str, ...]:
    names = available(settings.models_folder)
    stems = {name.removeprefix(PREFIX) for name in names}
    scales = tuple(
        scale
        for scale in SCALES
        if (scale in names if not settings.model else f'{scale}_{settings.model}' in stems)
    )
    if not scales:
        raise FileNotFoundError(
            f'scale {AUTO} needs checkpoints of scales ({", ".join(SCALES)}) in models_dir, there '
            f'are {", ".join(names) or "none"}: name those to use in resident_scales'
        )
    return scales


def _require_same_classes(settings: Settings, scales: Sequence[str]) -> None:
    known = {name: _classes(settings.changed({'scale': name})) for name in scales}
    (first, expected), *others = known.items()
    for name, classes in others:
        if classes != expected:
            raise ValueError(
                f'scale {AUTO} needs networks of the same classes: {first} knows '
                f'{", ".join(expected)}; {name} knows {", ".join(classes)}. Set model to what '
                'they were trained on, or name those to use in resident_scales'
            )


def _classes(settings: Settings) -> tuple[str, ...]:
    path = find_checkpoint(settings.checkpoint, settings.models_folder)
    return read_header(path).info.classes.names
