"""``classes.yaml``: what the masks of one's own data set mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lpsnet_ros.network import UNLABELED, ClassTable
from lpsnet_ros.training.datasets.errors import DatasetError
from lpsnet_ros.training.datasets.label_coding import (
    NO_CLASS,
    RGB,
    ColourCoding,
    IdCoding,
    LabelCoding,
)

CLASSES_FILE = 'classes.yaml'
KEYS = ('name', 'classes', 'void', 'masks', 'licence', 'upscale')
MAX_UPSCALE = 8
CLASS_KEYS = ('name', 'colour')
IDS, COLOURS = 'ids', 'colours'
BLACK: RGB = (0, 0, 0)
EXAMPLE = 'classes: [road, {name: grass, colour: [0, 128, 0]}]'


@dataclass(frozen=True)
class ClassesFile:
    """What the file says.

    Args:
        name: of the data set; that of its folder by default.
        classes: names and colours; colours that are not given are made up.
        coding: how masks say the class: as ids, in the order of the classes with the void id
            (255 by default) left out, or in the classes' colours (void black by default).
        licence: what weights trained on it may be used for.
        upscale: factor by which frames are enlarged before the network sees them.

    """

    name: str
    classes: ClassTable
    coding: LabelCoding
    licence: str
    upscale: float


def read_classes_file(path: Path) -> ClassesFile:
    """Read and check the file.

    Raises:
        DatasetError: it is missing or malformed; says where, what is expected and an example.

    """
    try:
        return _parsed(_load(path), default_name=path.parent.resolve().name)
    except ValueError as error:
        raise DatasetError(f'{path}: {error}') from None


def _load(path: Path) -> Mapping[str, Any]:
    # Of the train extra; the other data sets do without.
    import yaml

    if not path.is_file():
        raise ValueError(f'no such file: write the names of the ids 0, 1, ... there: {EXAMPLE}')
    try:
        content = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f'no YAML: {" ".join(str(error).split())}') from None
    if not isinstance(content, dict):
        raise ValueError(f'expected keys and values, like {EXAMPLE}')
    _refuse_unknown(content, KEYS)
    return content


def _parsed(content: Mapping[str, Any], default_name: str) -> ClassesFile:
    names, colours = _classes(content.get('classes'))
    classes = ClassTable.with_palette(names, colours)
    masks = content.get('masks', IDS)
    if masks not in (IDS, COLOURS):
        raise ValueError(f'masks: expected {IDS} or {COLOURS}, got {masks!r}')
    if masks == IDS:
        coding = _id_coding(len(classes), content.get('void', UNLABELED))
    else:
        coding = _colour_coding(names, colours, content.get('void'))
    upscale = content.get('upscale', 1.0)
    if isinstance(upscale, bool) or not isinstance(upscale, (int, float)):
        raise ValueError(f'upscale: expected a number, got {upscale!r}')
    if not 0 < upscale <= MAX_UPSCALE:
        raise ValueError(f'upscale: expected at most {MAX_UPSCALE} and above 0, got {upscale!r}')
    name = _text(content, 'name', default_name)
    return ClassesFile(name, classes, coding, _text(content, 'licence', ''), float(upscale))


def _classes(entries: Any) -> tuple[list[str], list[RGB | None]]:
    if not isinstance(entries, list) or not entries:
        raise ValueError(f'classes: expected a list of names in the order of the ids: {EXAMPLE}')
    if len(entries) > NO_CLASS:
        raise ValueError(f'classes: {len(entries)} are more than the {NO_CLASS} that a mask holds')
    names, colours = [], []
    for id_, entry in enumerate(entries):
        where = f'classes, id {id_}'
        fields = entry if isinstance(entry, dict) else {'name': entry}
        _refuse_unknown(fields, CLASS_KEYS, where)
        name = fields.get('name')
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f'{where}: expected a name, got {name!r}: put it in quotes')
        names.append(name)
        colours.append(_colour(fields['colour'], where) if 'colour' in fields else None)
    if len(entries) == 1:
        raise ValueError(
            'classes: one class can not be told from others: label the rest as a second one, '
            'like [road, other]; void is only what is not labelled'
        )
    return names, colours


def _id_coding(count: int, void: Any) -> IdCoding:
    if type(void) is not int or not 0 <= void <= 255:
        raise ValueError(f'void: expected an id of 0..255, got {void!r}')
    return IdCoding.of_ids(
        count,
        void,
        f'write grey 8-bit PNGs of the ids in {CLASSES_FILE} (void: names the id without a '
        f'class); colour masks and palette PNGs are read if each class has its colour there, '
        f'and "masks: {COLOURS}"',
    )


def _colour_coding(names: list[str], colours: list[RGB | None], void: Any) -> ColourCoding:
    unpainted = [name for name, colour in zip(names, colours) if colour is None]
    if unpainted:
        raise ValueError(f'masks: {COLOURS} needs the colour of every class; missing: {unpainted}')
    class_of = {colour: id_ for id_, colour in enumerate(colours)}
    if len(class_of) < len(colours):
        raise ValueError(f'masks: {COLOURS} needs a colour of its own for each class')
    void_colour = BLACK if void is None else _colour(void, 'void')
    if void is not None and void_colour in class_of:
        raise ValueError(f'void: {void} is the colour of {names[class_of[void_colour]]!r}')
    return ColourCoding(
        {void_colour: UNLABELED, **class_of},
        f'give the class of each colour in {CLASSES_FILE} (void: names the colour without a '
        'class); masks that were resized smoothly or stored as JPEG have blended colours: '
        'export them again as PNG',
    )


def _colour(value: Any, where: str) -> RGB:
    if (
        not isinstance(value, list)
        or len(value) != 3
        or not all(type(v) is int and 0 <= v <= 255 for v in value)
    ):
        raise ValueError(f'{where}: expected a colour [R, G, B] of 0..255, got {value!r}')
    return tuple(value)


def _text(content: Mapping[str, Any], key: str, default: str) -> str:
    value = content.get(key, default)
    if not isinstance(value, str):
        raise ValueError(f'{key}: expected text, got {value!r}: put it in quotes')
    return value


def _refuse_unknown(fields: Mapping, known: tuple[str, ...], where: str = '') -> None:
    unknown = [str(key) for key in fields if key not in known]
    if unknown:
        prefix = f'{where}: ' if where else ''
        raise ValueError(f'{prefix}no key {unknown[0]!r}: there are {", ".join(known)}')
