"""One's own data set, and every way to get classes.yaml wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from training.datasets.pictures import painted, photo, save, stripes, write_palette_png

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.datasets import DatasetError, open_dataset

WHOLE_FILE = """
name: back yard
licence: ours
upscale: 2
void: 7
classes:
  - road
  - {name: grass, colour: [0, 128, 0]}
"""
PAINTED = """
masks: colours
classes:
  - {name: road, colour: [128, 64, 128]}
  - {name: grass, colour: [0, 128, 0]}
"""


def test_everything_may_be_said(own_folder: Callable[..., Path]) -> None:
    root = own_folder(WHOLE_FILE, splits=['train'])
    save(root / 'masks/train/yard_0.png', stripes([0, 1, 7]))
    frames = open_dataset('folder', root, ['train'])
    assert (frames.name, frames.licence, frames.upscale) == ('back yard', 'ours', 2.0)
    assert frames.classes.names == ('road', 'grass')
    assert frames.classes.colours[1] == (0, 128, 0)
    assert len(set(frames.classes.colours)) == 2
    assert np.unique(frames.label(0)).tolist() == [0, 1, UNLABELED]


def test_names_are_enough(own_folder: Callable[..., Path]) -> None:
    root = own_folder()
    frames = open_dataset('folder', root, ['all'])
    assert (frames.name, frames.licence, frames.upscale) == (root.name, '', 1.0)
    assert [image.name for image, _ in frames.pairs] == ['yard_0.jpg', 'yard_1.jpg']
    assert np.unique(frames.frame(0)[1]).tolist() == [0, 1, UNLABELED]


def test_ids_count_around_the_void_one(own_folder: Callable[..., Path]) -> None:
    root = own_folder('classes: [road, grass]\nvoid: 0')
    save(root / 'masks/yard_0.png', stripes([0, 1, 2]))
    label = open_dataset('folder', root, ['all']).label(0)
    assert [label[0, column] for column in (0, 15, 31)] == [UNLABELED, 0, 1]


def test_masks_may_be_painted(own_folder: Callable[..., Path]) -> None:
    root = own_folder(PAINTED)
    save(root / 'masks/yard_0.png', painted([(0, 0, 0), (128, 64, 128), (0, 128, 0)]))
    label = open_dataset('folder', root, ['all']).label(0)
    assert [label[0, column] for column in (0, 15, 31)] == [UNLABELED, 0, 1]


def test_painted_masks_may_have_an_alpha_channel_and_another_void(
    own_folder: Callable[..., Path],
) -> None:
    root = own_folder(PAINTED + 'void: [255, 255, 255]')
    mask = painted([(128, 64, 128), (255, 255, 255)])
    save(root / 'masks/yard_0.png', np.dstack([mask, np.full(mask.shape[:2], 200, np.uint8)]))
    assert np.unique(open_dataset('folder', root, ['all']).label(0)).tolist() == [0, UNLABELED]


def test_palette_masks_are_painted_ones(own_folder: Callable[..., Path]) -> None:
    root = own_folder(PAINTED)
    palette = bytes([0, 0, 0, 0, 128, 0, 128, 64, 128])
    write_palette_png(root / 'masks/yard_0.png', stripes([0, 1, 2]), palette)
    label = open_dataset('folder', root, ['all']).label(0)
    assert [label[0, column] for column in (0, 15, 31)] == [UNLABELED, 1, 0]


def test_ids_of_palette_masks_are_their_indices(own_folder: Callable[..., Path]) -> None:
    root = own_folder()
    voc_palette = bytes([0, 0, 0, 128, 0, 0, 0, 128, 0])
    write_palette_png(root / 'masks/yard_0.png', stripes([0, 1]), voc_palette)
    label = open_dataset('folder', root, ['all']).label(0)
    assert label.tolist() == stripes([0, 1]).tolist()


def test_colour_without_a_class_is_named(own_folder: Callable[..., Path]) -> None:
    root = own_folder(PAINTED)
    save(root / 'masks/yard_0.png', painted([(128, 64, 128), (9, 9, 9)]))
    with pytest.raises(
        DatasetError, match=r'yard_0\.png: colours .*\[\(9, 9, 9\)\] have no class: .*export'
    ):
        open_dataset('folder', root, ['all']).label(0)


def test_painted_mask_where_ids_are_expected_says_how_to_read_it(
    own_folder: Callable[..., Path],
) -> None:
    root = own_folder()
    save(root / 'masks/yard_0.png', painted([(128, 64, 128), (0, 128, 0)]))
    with pytest.raises(
        DatasetError, match=r'yard_0\.png: expected one channel .*"masks: colours"'
    ):
        open_dataset('folder', root, ['all']).label(0)


def test_id_without_a_class_is_named(own_folder: Callable[..., Path]) -> None:
    root = own_folder()
    save(root / 'masks/yard_0.png', stripes([0, 1, 2]))
    with pytest.raises(
        DatasetError,
        match=r'yard_0\.png: ids \[2\] have no class: expected 0\.\.1, or 255 for void: .*PNGs',
    ):
        open_dataset('folder', root, ['all']).label(0)


def test_frames_without_splits_say_so(own_folder: Callable[..., Path]) -> None:
    with pytest.raises(
        DatasetError, match=r'no folder .*images/train: .*splits there are: --split all'
    ):
        open_dataset('folder', own_folder(), ['train'])


def test_splits_are_to_be_named(own_folder: Callable[..., Path]) -> None:
    root = own_folder(splits=['train', 'val'])
    assert len(open_dataset('folder', root, ['train', 'val', 'train'])) == 4
    with pytest.raises(DatasetError, match=r'sorted into splits.*--split train, --split val'):
        open_dataset('folder', root, ['all'])


@pytest.mark.parametrize('missing', ['images', 'masks'])
def test_missing_folder_is_named(own_folder: Callable[..., Path], missing: str) -> None:
    root = own_folder()
    (root / missing).rename(root / 'elsewhere')
    with pytest.raises(DatasetError, match=rf'no folder .*{missing}: expected images and masks'):
        open_dataset('folder', root, ['all'])


def test_missing_classes_file_comes_with_an_example(own_folder: Callable[..., Path]) -> None:
    root = own_folder()
    (root / 'classes.yaml').unlink()
    with pytest.raises(DatasetError, match=r'classes\.yaml: no such file: .*classes: \[road, '):
        open_dataset('auto', root, ['all'])


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('classes: [road', r'no YAML: .*line 1, column'),
        ('road', 'expected keys and values, like classes:'),
        ('', 'expected keys and values'),
        ('clases: [road]', r"no key 'clases': there are name, classes"),
        ('name: yard', r'classes: expected a list of names'),
        ('classes: []', r'classes: expected a list of names'),
        ('classes: [road]', r'one class can not be told .* second one, like \[road, other\]'),
        ('classes: {0: road}', r'classes: expected a list of names'),
        (f'classes: {list(map(str, range(255)))}', 'classes: 255 are more than the 254'),
        ('classes: [road, no]', r'classes, id 1: expected a name, got False: put it in quotes'),
        ('classes: [{colour: [0, 0, 0]}]', r'classes, id 0: expected a name, got None'),
        ('classes: [{name: a, color: [0, 0, 0]}]', r"id 0: no key 'color': there are name, col"),
        ('classes: [{name: a, colour: red}]', r"id 0: expected a colour \[R, G, B\].*'red'"),
        ('classes: [{name: a, colour: [0, 0, 256]}]', r'expected a colour .*\[0, 0, 256\]'),
        ('classes: [road, road]', r'class names must be unique'),
        ('classes: [road, grass]\nvoid: 256', r'void: expected an id of 0\.\.255, got 256'),
        ('classes: [road, grass]\nvoid: none', r"void: expected an id of 0\.\.255, got 'none'"),
        ('classes: [road, grass]\nmasks: rgb', r"masks: expected ids or colours, got 'rgb'"),
        ('classes: [a, b]\nmasks: colours', r"needs the colour of every class; .*\['a', 'b'\]"),
        ('classes: [road, grass]\nupscale: 0', r'upscale: expected at most 8 and above 0, got 0'),
        ('classes: [road, grass]\nupscale: .inf', r'at most 8 and above 0, got inf'),
        ('classes: [road, grass]\nupscale: .nan', r'at most 8 and above 0, got nan'),
        ('classes: [road, grass]\nupscale: true', r'upscale: expected a number, got True'),
        ('classes: [road, grass]\nname: 1', r'name: expected text, got 1: put it in quotes'),
        ('classes: [road, grass]\nlicence: [a]', r"licence: expected text, got \['a'\]"),
        (PAINTED + 'void: 0', r'void: expected a colour \[R, G, B\]'),
        (PAINTED + 'void: [0, 128, 0]', r"void: \[0, 128, 0\] is the colour of 'grass'"),
        (PAINTED + '  - {name: moss, colour: [0, 128, 0]}', 'needs a colour of its own for each'),
    ],
)
def test_malformed_classes_file_is_explained(
    own_folder: Callable[..., Path], text: str, message: str
) -> None:
    with pytest.raises(DatasetError, match=rf'classes\.yaml: .*{message}'):
        open_dataset('folder', own_folder(text), ['all'])


def test_classes_file_that_is_no_text_is_explained(own_folder: Callable[..., Path]) -> None:
    root = own_folder()
    (root / 'classes.yaml').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(DatasetError, match=r'classes\.yaml: no YAML: '):
        open_dataset('folder', root, ['all'])


def test_two_frames_of_one_name_are_refused(own_folder: Callable[..., Path]) -> None:
    root = own_folder()
    save(root / 'images/yard_1.png', photo())
    with pytest.raises(
        DatasetError, match=r'yard_1\.jpg and .*yard_1\.png have the same label .*: keep one'
    ):
        open_dataset('folder', root, ['all'])


def test_all_leftovers_are_counted(own_folder: Callable[..., Path]) -> None:
    root = own_folder()
    save(root / 'images/new.jpg', photo())
    save(root / 'masks/old.png', stripes([0]))
    (root / 'images/.yard_0.jpg').write_bytes(b'a file of the file manager')
    with pytest.raises(
        DatasetError,
        match=r'new\.jpg has no label: expected .*new\.png; add it, or remove the frame \(1 more: '
        r'"lpsnet data check" lists them\)',
    ):
        open_dataset('folder', root, ['all'])
