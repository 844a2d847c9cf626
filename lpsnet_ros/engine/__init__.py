"""Frame in, mask out: the compiled whole of normalisation, network, upsampling and argmax."""

from lpsnet_ros.engine.backends.base import Segmentation
from lpsnet_ros.engine.engine import Engine, Provenance
from lpsnet_ros.engine.image_to_mask import ImageToMask

__all__ = ['Engine', 'ImageToMask', 'Provenance', 'Segmentation']
