"""A training run as names and plain values: for its log, and to know it again."""

from __future__ import annotations

from typing import Any

from lpsnet_ros.engine.fingerprint import weights_digest
from lpsnet_ros.network import LPSNet
from lpsnet_ros.training.datasets import LabelledFrames, frames_digest
from lpsnet_ros.training.recipe import Recipe, flat
from lpsnet_ros.training.trainer import Hardware


def describe_run(
    network: LPSNet,
    training: LabelledFrames,
    validation: LabelledFrames | None,
    recipe: Recipe,
    seed: int,
    origin: str | None,
    teacher: LPSNet | None,
    hardware: Hardware,
) -> dict[str, Any]:
    """Return everything that decides what is learnt and scored, by name; arguments as ``train``'s.

    Frames and the teacher are told from others by short digests.
    """
    return {
        'network': network.architecture.name,
        'aligned': network.architecture.aligned,
        'output_stride': network.architecture.output_stride,
        'identity': network.identity,
        'weights': origin,
        'dataset': training.name,
        'classes': list(network.info.classes.names),
        'frames': _counted(training),
        'held_out': None if validation is None else _counted(validation),
        'upscale': training.upscale,
        'teacher': teacher and f'{teacher.architecture.name} {weights_digest(teacher)}',
        **flat(recipe),
        'seed': seed,
        'devices': hardware.devices,
        'precision': hardware.precision,
    }


def _counted(frames: LabelledFrames) -> str:
    return f'{len(frames)} ({frames_digest(frames)})'
