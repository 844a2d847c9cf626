"""Labelled frames on disk, a module for each data set."""

from lpsnet_ros.training.datasets.errors import DatasetError
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames
from lpsnet_ros.training.datasets.registry import DATASETS, open_dataset, recognise

__all__ = [
    'DATASETS',
    'DatasetError',
    'LabelledFrames',
    'open_dataset',
    'recognise',
]
