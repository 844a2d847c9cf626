"""Colours, overlay and legend."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lpsnet_ros.engine.overlay import bgr_palette, draw_legend, draw_overlay
from lpsnet_ros.network import CAMVID, CITYSCAPES, UNLABELED, ClassTable


@pytest.fixture
def mask(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    ids = np.arange(picture[:, :, 0].size).reshape(picture.shape[:2]) % 12
    return np.where(ids == 11, UNLABELED, ids).astype(np.uint8)


def test_palette_holds_bgr_by_id() -> None:
    palette = bgr_palette(CAMVID)
    assert palette.shape == (256, 3)
    assert palette.dtype == np.uint8
    assert palette[4].tolist() == [222, 40, 60]
    assert not palette[len(CAMVID) :].any()


def test_opaque_overlay_shows_the_classes_alone(
    picture: NDArray[np.uint8], mask: NDArray[np.uint8]
) -> None:
    palette = bgr_palette(CAMVID)
    np.testing.assert_array_equal(draw_overlay(picture, mask, palette, 1.0), palette[mask])


def test_transparent_overlay_shows_the_picture_alone(
    picture: NDArray[np.uint8], mask: NDArray[np.uint8]
) -> None:
    overlay = draw_overlay(picture, mask, bgr_palette(CAMVID), 0.0)
    np.testing.assert_array_equal(overlay, picture)


def test_overlay_blends(picture: NDArray[np.uint8], mask: NDArray[np.uint8]) -> None:
    palette = bgr_palette(CAMVID)
    blend = 0.75 * picture + 0.25 * palette[mask]
    overlay = draw_overlay(picture, mask, palette, 0.25)
    np.testing.assert_allclose(overlay, blend, atol=0.51)


@pytest.mark.parametrize('classes', [CAMVID, CITYSCAPES, ClassTable.numbered(40)])
@pytest.mark.parametrize('width', [100, 640])
def test_legend_shows_every_colour_below_the_picture(classes: ClassTable, width: int) -> None:
    frame = np.full((30, width, 3), 7, np.uint8)
    drawn = draw_legend(frame, classes)
    np.testing.assert_array_equal(drawn[:30], frame)
    assert drawn.shape[1:] == (width, 3)
    shown = {tuple(colour) for colour in drawn[30:, :, ::-1].reshape(-1, 3).tolist()}
    assert set(classes.colours) <= shown
