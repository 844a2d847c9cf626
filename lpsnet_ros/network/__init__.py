"""LPS-Net itself: architecture, scales, folding and checkpoints. Needs torch, nothing else."""

from lpsnet_ros.network.architecture import SCALES, Architecture
from lpsnet_ros.network.averaging import averaged
from lpsnet_ros.network.checkpoint import load_checkpoint, save_checkpoint
from lpsnet_ros.network.classes import BDD100K, CAMVID, CITYSCAPES, UNLABELED, ClassTable
from lpsnet_ros.network.header import CheckpointError
from lpsnet_ros.network.info import NetworkInfo
from lpsnet_ros.network.model import ImageTooSmallError, LPSNet

__all__ = [
    'BDD100K',
    'CAMVID',
    'CITYSCAPES',
    'SCALES',
    'UNLABELED',
    'Architecture',
    'CheckpointError',
    'ClassTable',
    'ImageTooSmallError',
    'LPSNet',
    'NetworkInfo',
    'averaged',
    'load_checkpoint',
    'save_checkpoint',
]
