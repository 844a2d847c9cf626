"""Pictures of the worst frames."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lpsnet_ros.engine.overlay import bgr_palette
from lpsnet_ros.network import CAMVID, UNLABELED, LPSNet
from lpsnet_ros.training.datasets import open_dataset
from lpsnet_ros.training.evaluate import score_masks
from lpsnet_ros.training.segmenters import Engines
from lpsnet_ros.training.worst_frames import TITLE_HEIGHT, VOID, WRONG, draw_comparison, draw_worst

SIZE = (40, 200)


@pytest.fixture
def panels() -> list[np.ndarray]:
    """Draw a frame whose left half is void and whose lower half is wrong; return the panels."""
    frame = np.full((*SIZE, 3), 200, np.uint8)
    label = np.full(SIZE, 3, np.uint8)
    label[:, :100] = UNLABELED
    mask = np.full(SIZE, 3, np.uint8)
    mask[20:] = 5
    drawn = draw_comparison(frame, label, mask, CAMVID, 'title')
    above, height, width = TITLE_HEIGHT, *SIZE
    tops = (above, 2 * above + height)
    return [drawn[top : top + height, x : x + width] for top in tops for x in (0, width)]


def test_frame_label_mask_and_errors_stand_side_by_side(panels: list[np.ndarray]) -> None:
    frame, label, mask, errors = panels
    palette = bgr_palette(CAMVID)
    assert (frame == 200).all()
    assert (label[:, :100] == VOID).all()
    assert (label[:, 100:] == palette[3]).all()
    assert (mask[:20] == palette[3]).all()
    assert (mask[20:] == palette[5]).all()
    assert (errors[:, :100] == VOID).all()
    assert (errors[20:, 100:] == WRONG).all()
    assert (errors[:20, 100:] == 70).all()


def test_files_are_ranked_and_show_what_the_engine_gives(
    small_network: LPSNet, street_root: Path, tmp_path: Path
) -> None:
    frames = open_dataset('camvid', street_root, ['train'])
    segmenters = Engines(small_network)
    score = score_masks(segmenters, frames)
    written = draw_worst(segmenters, frames, score, 2, tmp_path / 'worst')
    worst = score.worst(2)
    assert [p.name for p in written] == [f'00{i + 1}_{f.name}.png' for i, f in enumerate(worst)]
    mask = segmenters.for_size((96, 128))(frames.image(worst[0].index))
    top = 2 * TITLE_HEIGHT + 96
    drawn = cv2.imread(str(written[0]))[top : top + 96, :128]
    np.testing.assert_array_equal(drawn, bgr_palette(CAMVID)[mask])
