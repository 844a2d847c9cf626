"""CamVid's colour labels and its two layouts at full size, on synthetic files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training.datasets.pictures import CAMVID_COLOURS, SIZE, painted, photo, save

from lpsnet_ros.network import CAMVID, UNLABELED
from lpsnet_ros.training.datasets import DatasetError, open_dataset
from lpsnet_ros.training.datasets.camvid_colour import COLOURS


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Lay CamVid out a folder a split."""
    for split, name in (('train', '0001TP_009210'), ('val', '0016E5_07961')):
        save(tmp_path / split / f'{name}.png', photo())
        save(tmp_path / f'{split}_labels' / f'{name}_L.png', painted([CAMVID_COLOURS['Sky']]))
    (tmp_path / 'class_dict.csv').write_text('name,r,g,b\nAnimal,64,128,64\n')
    return tmp_path


def test_there_are_32_colours_in_every_group() -> None:
    assert len({colour for _, colour, _ in COLOURS}) == len(COLOURS) == 32
    assert {group for _, _, group in COLOURS} == {*CAMVID.names, None}


def test_every_colour_is_read_as_its_group(camvid_stills: Path) -> None:
    label = painted([colour for _, colour, _ in COLOURS])
    save(camvid_stills / 'LabeledApproved_full/0001TP_006690_L.png', label)
    read = open_dataset('camvid', camvid_stills, ['all']).label(0)
    assert read.shape == SIZE
    groups = [CAMVID.names.index(group) if group else UNLABELED for _, _, group in COLOURS]
    np.testing.assert_array_equal(read[0], groups)
    np.testing.assert_array_equal(read, np.tile(read[0], (SIZE[0], 1)))


@pytest.mark.parametrize(
    ('name', 'group'),
    [
        ('SUVPickupTruck', 'car'),
        ('TrafficLight', 'sign'),
        ('LaneMkgsDriv', 'road'),
        ('Child', 'pedestrian'),
        ('MotorcycleScooter', 'bicyclist'),
        ('Wall', 'building'),
        ('CartLuggagePram', None),
    ],
)
def test_groups_are_those_of_segnet(name: str, group: str | None) -> None:
    assert (name, CAMVID_COLOURS[name], group) in COLOURS


def test_a_few_stray_pixels_are_void(camvid_stills: Path) -> None:
    label = painted([CAMVID_COLOURS['Road']])
    label[0, :5] = (26, 128, 128)
    save(camvid_stills / 'LabeledApproved_full/0001TP_006690_L.png', label)
    read = open_dataset('camvid', camvid_stills, ['all']).label(0)
    assert (read[0, :5] == UNLABELED).all()
    assert (np.delete(read.ravel(), range(5)) == CAMVID.names.index('road')).all()


def test_label_of_other_colours_is_refused(camvid_stills: Path) -> None:
    other = painted([CAMVID_COLOURS['Road'], (1, 2, 3), (255, 0, 0)])
    save(camvid_stills / 'LabeledApproved_full/0001TP_006690_L.png', other)
    with pytest.raises(
        DatasetError,
        match=r'006690_L\.png: colours \(R, G, B\) \[\(1, 2, 3\), \(255, 0, 0\)\] have no class: '
        r'.*label_colors\.txt; .*fetch the original',
    ):
        open_dataset('camvid', camvid_stills, ['all']).label(0)


@pytest.mark.parametrize(('layout', 'split'), [('camvid_stills', 'all'), ('folders', 'train')])
def test_frames_are_not_enlarged(layout: str, split: str, request: pytest.FixtureRequest) -> None:
    frames = open_dataset('camvid', request.getfixturevalue(layout), [split])
    assert frames.network_input_size == SIZE
    assert frames.classes is CAMVID


def test_lists_say_what_a_split_holds(camvid_stills: Path) -> None:
    (camvid_stills / 'train.txt').write_text(
        '/SegNet/CamVid/train/0006R0_f00930.png /SegNet/CamVid/trainannot/0006R0_f00930.png\n\n'
        'Seq05VD_f00000\n'
    )
    (camvid_stills / 'val.txt').write_text('0001TP_006690.png')
    frames = open_dataset('camvid', camvid_stills, ['train', 'val'])
    assert [i.stem for i, _ in frames.pairs] == [
        '0006R0_f00930',
        'Seq05VD_f00000',
        '0001TP_006690',
    ]


def test_missing_list_says_how_to_write_one(camvid_stills: Path) -> None:
    with pytest.raises(
        DatasetError, match=r'no list .*train\.txt: write .* one a line .*--split all'
    ):
        open_dataset('camvid', camvid_stills, ['train'])


def test_empty_list_is_refused(camvid_stills: Path) -> None:
    (camvid_stills / 'train.txt').write_text('\n')
    with pytest.raises(DatasetError, match=r'train\.txt is empty: write the names'):
        open_dataset('camvid', camvid_stills, ['train'])


def test_listed_frame_that_is_missing_is_named(camvid_stills: Path) -> None:
    (camvid_stills / 'train.txt').write_text('0001TP_006690\n0001TP_000000\n')
    with pytest.raises(
        DatasetError, match=r'train\.txt names 0001TP_000000, but .*remove the line'
    ):
        open_dataset('camvid', camvid_stills, ['train'])


def test_folders_of_splits_are_read(folders: Path) -> None:
    frames = open_dataset('camvid', folders, ['val'])
    assert [image.name for image, _ in frames.pairs] == ['0016E5_07961.png']
    assert (frames.label(0) == CAMVID.names.index('sky')).all()
    with pytest.raises(
        DatasetError, match=r'no folder .*/test: expected test and test_labels; .*--split val'
    ):
        open_dataset('camvid', folders, ['test'])
