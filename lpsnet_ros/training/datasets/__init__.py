"""Labelled frames on disk, a module for each data set."""

from lpsnet_ros.training.datasets.camvid import open_camvid
from lpsnet_ros.training.datasets.labelled_frames import DatasetError, LabelledFrames

__all__ = ['DatasetError', 'LabelledFrames', 'open_camvid']
