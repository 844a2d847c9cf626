"""Tiny data sets in the real layouts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from training.datasets.pictures import CAMVID_COLOURS, painted, photo, save, stripes


@pytest.fixture
def cityscapes(tmp_path: Path) -> Path:
    """Lay out two cities to train on and one to validate, with the labelIds of the download."""
    frames = (
        ('train', 'aachen_000000_000019'),
        ('train', 'aachen_000001_000019'),
        ('train', 'bochum_000000_000313'),
        ('val', 'munster_000000_000019'),
        ('test', 'berlin_000000_000019'),
    )
    for split, name in frames:
        city = name.split('_')[0]
        save(tmp_path / f'leftImg8bit/{split}/{city}/{name}_leftImg8bit.png', photo())
        labels = tmp_path / 'gtFine' / split / city
        save(labels / f'{name}_gtFine_labelIds.png', stripes([0, 3, 7, 8, 11, 23, 26, 33]))
        save(labels / f'{name}_gtFine_color.png', photo())
    return tmp_path


@pytest.fixture
def bdd100k(tmp_path: Path) -> Path:
    for split, name in (('train', '0a0a0b1a-7c39d841'), ('val', '7d2f7975-e0c1c5a7')):
        save(tmp_path / f'images/10k/{split}/{name}.jpg', photo())
        save(tmp_path / f'images/100k/{split}/{name}.jpg', photo())
        save(tmp_path / f'labels/sem_seg/masks/{split}/{name}.png', stripes([0, 10, 18, 255]))
        save(tmp_path / f'labels/sem_seg/colormaps/{split}/{name}.png', photo())
    save(tmp_path / 'images/10k/test/ac6d4f42-00000000.jpg', photo())
    return tmp_path


@pytest.fixture
def camvid_stills(tmp_path: Path) -> Path:
    """Lay out CamVid's two archives, without lists of splits."""
    label = painted([CAMVID_COLOURS[name] for name in ('Sky', 'Wall', 'Road', 'Void')])
    for name in ('0001TP_006690', '0001TP_006720', '0006R0_f00930', 'Seq05VD_f00000'):
        save(tmp_path / f'701_StillsRaw_full/{name}.png', photo())
        save(tmp_path / f'LabeledApproved_full/{name}_L.png', label)
    return tmp_path


@pytest.fixture
def own_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write frames with masks of the ids 0, 1 and 255, and classes.yaml with the given text."""

    def make(text: str = 'classes: [road, grass]', splits: Sequence[str] = ('',)) -> Path:
        for split in splits:
            for index in range(2):
                name = f'yard_{index}'
                save(tmp_path / 'images' / split / f'{name}.jpg', photo(index))
                save(tmp_path / 'masks' / split / f'{name}.png', stripes([0, 1, 255]))
        (tmp_path / 'classes.yaml').write_text(text)
        return tmp_path

    return make
