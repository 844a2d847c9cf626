"""Labelled frames on disk, a module for each data set."""

from lpsnet_ros.training.datasets.errors import DatasetError
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames, frames_digest
from lpsnet_ros.training.datasets.registry import DATASETS, open_dataset, recognise

__all__ = [
    'DATASETS',
    'DatasetError',
    'LabelledFrames',
    'frames_digest',
    'open_dataset',
    'recognise',
]
