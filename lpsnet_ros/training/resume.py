"""Going on with a run that was stopped: its state on disk, and whether it is the same run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io import TorchCheckpointIO

from lpsnet_ros.network.durable import replace_durably

RESUME_FILE = 'last.ckpt'


class AtomicCheckpoints(TorchCheckpointIO):
    """Replaces a checkpoint in one step, so that a kill or a power cut leaves a whole one."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike, storage_options: Any = None
    ) -> None:
        temporary = Path(f'{path}.part')
        super().save_checkpoint(checkpoint, temporary, storage_options)
        replace_durably(temporary, Path(path))


def check_resumable(resume: Path, description: Mapping[str, Any]) -> None:
    """Refuse the state of a run that was not this one.

    Args:
        resume: the file that the run left.
        description: all that decides what is learnt by the run that is to go on, by name.

    Raises:
        ValueError: it is damaged, or of another run; says what differs and what to do.

    """
    try:
        state = torch.load(resume, map_location='cpu', weights_only=True)
        began = state['hyper_parameters']
    except Exception as error:  # On a damaged file torch.load raises nearly anything.
        raise ValueError(f'{resume} is damaged: delete it to start the run over') from error
    different = [
        f'{name} {began.get(name)} (this one: {value})'
        for name, value in description.items()
        if began.get(name) != value
    ]
    if different:
        raise ValueError(
            f'{resume} is of a run with {", ".join(different)}: repeat the command that began it, '
            'or start from its network.safetensors in another folder'
        )
