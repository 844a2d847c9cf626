"""Pictures of the frames that a network did worst on, for people to look at."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.engine.overlay import bgr_palette, draw_legend, draw_overlay, write_picture
from lpsnet_ros.network import UNLABELED, ClassTable
from lpsnet_ros.training.datasets import LabelledFrames
from lpsnet_ros.training.evaluate import Score
from lpsnet_ros.training.segmenters import Segmenters

Picture = NDArray[np.uint8]
Ids = NDArray[np.uint8]
WRONG = (0, 0, 255)
VOID = (255, 255, 255)
DIMMED = 0.35
TITLE_HEIGHT = 28


def draw_worst(
    segmenters: Segmenters, frames: LabelledFrames, score: Score, count: int, folder: Path
) -> list[Path]:
    """Write pictures of the frames of lowest mIoU: ``001_NAME.png`` is the worst.

    Each shows the frame and its label above, the mask and the errors (red; void white) below.
    They hold the data set's pictures: its licence decides who may see them.

    Args:
        segmenters: those that were scored; they segment the frames once more.
        frames: that were scored.
        score: what came out.
        count: how many; fewer where there are fewer.
        folder: made where absent.

    Returns:
        The files, worst first.

    Raises:
        OSError: a file can't be written.

    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for rank, scored in enumerate(score.worst(count), start=1):
        frame, label = frames.frame(scored.index)
        mask = segmenters.for_size(frame.shape[:2])(frame)
        title = f'{scored.name}   mIoU {100 * scored.miou:.1f} %'
        written.append(folder / f'{rank:03d}_{scored.name}.png')
        write_picture(written[-1], draw_comparison(frame, label, mask, segmenters.classes, title))
    return written


def draw_comparison(
    frame: Picture, label: Ids, mask: Ids, classes: ClassTable, title: str
) -> Picture:
    """Draw frame, label, mask and errors of one size in a square, with title and legend.

    Args:
        frame: uint8 (H,W,3) BGR.
        label: uint8 (H,W) class ids, ``UNLABELED`` where void.
        mask: uint8 (H,W) class ids.
        classes: names and colours of the ids.
        title: put above.

    """
    palette = bgr_palette(classes)
    palette[UNLABELED] = VOID
    upper = [_titled(frame, title), _titled(draw_overlay(frame, label, palette, 1), 'label')]
    lower = [
        _titled(draw_overlay(frame, mask, palette, 1), 'mask'),
        _titled(_draw_errors(frame, label, mask), 'errors: red; void: white'),
    ]
    return draw_legend(np.vstack([np.hstack(upper), np.hstack(lower)]), classes)


def _draw_errors(frame: Picture, label: Ids, mask: Ids) -> Picture:
    grey = cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    errors = cv2.convertScaleAbs(grey, alpha=DIMMED)
    errors[label != mask] = WRONG
    errors[label == UNLABELED] = VOID
    return errors


def _titled(picture: Picture, title: str) -> Picture:
    strip = np.full((TITLE_HEIGHT, picture.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, title, (6, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([strip, picture])
