"""Options, and kinds of option values, that several commands take."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from lpsnet_ros.engine.backends import AUTO
from lpsnet_ros.engine.engine import RESOLUTION_RANGE
from lpsnet_ros.training.datasets import DATASETS, LabelledFrames, recognise


class FrameSize(click.ParamType):
    """``720x1280``: height and width of frames, at least 1 each."""

    name = 'HxW'

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r'([1-9]\d*)x([1-9]\d*)', value.strip())
        if not match:
            self.fail(f'{value!r} is no frame size: give height x width like 720x1280', param, ctx)
        return int(match[1]), int(match[2])


class CommaList(click.ParamType):
    """Values of one kind in one word, like ``1,2,4``.

    Args:
        item: kind of each value.

    """

    def __init__(self, item: click.ParamType) -> None:
        self.item = item
        self.name = f'{item.name},...'

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(self.item.convert(v.strip(), param, ctx) for v in value.split(',') if v)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        choices = getattr(self.item, 'choices', ())
        return f'[{"|".join(choices)}],...' if choices else self.name.upper().replace('HXW', 'HxW')


FRAME_SIZE = FrameSize()
SEED = click.IntRange(0, 2**32 - 1)
RESOLUTION = click.FloatRange(*RESOLUTION_RANGE)
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

model_option = click.option(
    '--model', default='s', show_default=True, help='Scale, checkpoint name or path.'
)
resolution_option = click.option(
    '--resolution',
    type=RESOLUTION,
    help='Ratio of the frame that the network sees; by default as it was trained.',
)
backend_option = click.option(
    '--backend', default=AUTO, show_default=True, help="The engine's back end."
)
precision_option = click.option(
    '--precision', default=AUTO, show_default=True, help='What it computes in.'
)
source_option = click.option(
    '--source',
    default='street',
    show_default=True,
    help='Frames: a video, a picture, a folder of pictures, or "street" (rendered).',
)
cache_dir_option = click.option(
    '--cache-dir', type=FOLDER, help='Where engines are kept; below ~/.cache by default.'
)


def data_options(command: Callable) -> Callable:
    """Add ``--data`` and ``--dataset``, which ``open_data`` takes."""
    for option in (_dataset_option, _data_option):
        command = option(command)
    return command


def split_option(what_for: str, *default: str) -> Callable:
    """Return ``--split``, whose values a command gets as ``splits``.

    Args:
        what_for: begins its help, like ``Split to train on``.
        default: splits that are taken where none is given.

    """
    return click.option(
        '--split',
        'splits',
        multiple=True,
        default=default,
        show_default=True,
        help=f'{what_for}; may be given several times.',
    )


def open_data(dataset: str, data: Path, splits: Sequence[str]) -> LabelledFrames:
    """Open splits of the data set that the user named, or say which one was recognised.

    Raises:
        DatasetError: the folder is arranged otherwise, or a file is missing; names the fix.

    """
    layout = recognise(dataset, data)
    if dataset == AUTO:
        click.echo(f'{data}: {layout.title}', err=True)
    return layout.open(data, splits)


_data_option = click.option(
    '--data',
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help='Folder of the data set (docs/datasets.md shows the layouts).',
)
_dataset_option = click.option(
    '--dataset',
    type=click.Choice([AUTO, *DATASETS]),
    default=AUTO,
    show_default=True,
    help='Kind of data set; recognised by its files by default.',
)
