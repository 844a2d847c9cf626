"""Stored scores of the shipped models on one rendered frame.

``python test/golden/logits.py`` writes them anew, which is right only where a model is new or was
trained again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine import ImageToMask
from lpsnet_ros.engine.zoo.names import checkpoints
from lpsnet_ros.frames import render_street
from lpsnet_ros.network import load_checkpoint

FOLDER = Path(__file__).parent
FRAME_SIZE = (96, 128)


def golden_file(checkpoint: Path) -> Path:
    return FOLDER / f'{checkpoint.stem}.npy'


@torch.inference_mode()
def logits_of(checkpoint: Path) -> NDArray[np.float32]:
    """Return what the network of a checkpoint gives for a rendered frame of its own size."""
    frame, _ = render_street(0, FRAME_SIZE)
    network = ImageToMask(load_checkpoint(checkpoint), FRAME_SIZE)
    return network.logits(torch.from_numpy(frame)).numpy()


if __name__ == '__main__':
    for path in checkpoints():
        np.save(golden_file(path), logits_of(path))
        print(f'wrote {golden_file(path)}')
