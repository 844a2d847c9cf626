"""What each checkpoint of a folder is, read from its metadata without its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from lpsnet_ros.engine.zoo.names import checkpoints, other_names
from lpsnet_ros.network import SCALES, Architecture, CheckpointError, NetworkInfo
from lpsnet_ros.network.complexity import count_multiply_adds, count_parameters
from lpsnet_ros.network.header import read_header


@dataclass(frozen=True)
class ModelEntry:
    """One checkpoint of a folder.

    Args:
        path: of the file.
        also_called: other names that mean it there: its scale, its name without ``lpsnet_``.
        architecture: its three dimensions.
        info: classes, data set, training size, metrics, licence.
        bytes: size of the file.

    """

    path: Path
    also_called: tuple[str, ...]
    architecture: Architecture
    info: NetworkInfo
    bytes: int

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def network(self) -> str:
        """The scale as people write it (LPS-Net-S), or the three dimensions."""
        name = self.architecture.name
        if name not in SCALES:
            return name
        return f'LPS-Net-{name if len(name) > 1 else name.upper()}'

    @property
    def parameters(self) -> int:
        """Weights and biases of the folded network."""
        return count_parameters(self.architecture, len(self.info.classes))

    @property
    def multiply_adds(self) -> int | None:
        """Multiply-adds on a picture of the training size; None where that is not told."""
        size = self.info.training_size
        if size is None:
            return None
        return count_multiply_adds(self.architecture, len(self.info.classes), size)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, fit for JSON."""
        return {
            'name': self.name,
            'also_called': list(self.also_called),
            'network': self.network,
            'depth': self.architecture.depth,
            'width': self.architecture.width,
            'resolution': self.architecture.resolution,
            'aligned': self.architecture.aligned,
            'output_stride': self.architecture.output_stride,
            'parameters': self.parameters,
            'multiply_adds': self.multiply_adds,
            'bytes': self.bytes,
            **self.info.to_dict(),
        }


class Listing(NamedTuple):
    """A folder's models, and what is wrong with files that are none, by name."""

    entries: list[ModelEntry]
    problems: Mapping[str, str]


def list_models(models_dir: Path | None = None) -> Listing:
    """Read the metadata of every checkpoint in a folder; the package's own where not given."""
    entries, problems = [], {}
    for path in checkpoints(models_dir):
        try:
            entries.append(read_entry(path))
        except (OSError, CheckpointError) as error:
            problems[path.name] = str(error)
    return Listing(entries, problems)


def read_entry(path: Path) -> ModelEntry:
    """Read one checkpoint's metadata.

    Raises:
        OSError: it can't be read.
        CheckpointError: it is damaged or not a checkpoint of ours.

    """
    header = read_header(path)
    also_called = tuple(other_names(path))
    return ModelEntry(path, also_called, header.architecture, header.info, path.stat().st_size)
