"""The folder of checkpoints: from names to files, what each file is, and how good and fast."""

from lpsnet_ros.engine.zoo.entries import ModelEntry, list_models, read_entry
from lpsnet_ros.engine.zoo.names import available, find_checkpoint

__all__ = ['ModelEntry', 'available', 'find_checkpoint', 'list_models', 'read_entry']
