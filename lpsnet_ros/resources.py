"""The package's own folders: data (models, config) however it was installed, and its cache."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = 'lpsnet_ros'


def data_folder(name: str) -> Path:
    """Return a data folder: of the checkout, or below ``share/lpsnet_ros`` of the installation.

    Works for a checkout, ``pip install`` (with or without ``-e``) and ``colcon build``, and needs
    neither ROS nor environment variables.

    Raises:
        FileNotFoundError: the installation lacks the folder.

    """
    package = Path(__file__).resolve().parent
    candidates = [parent / 'share' / PACKAGE / name for parent in package.parents]
    if (package.parent / 'package.xml').is_file():
        candidates.insert(0, package.parent / name)
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f'no folder {name!r} beside {package} or in a share/{PACKAGE} above it: '
        'install the package with "pip install ." or "colcon build"'
    )


def cache_folder() -> Path:
    """Return the folder for what can be had again, below ``XDG_CACHE_HOME`` or ``~/.cache``."""
    return Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / PACKAGE
