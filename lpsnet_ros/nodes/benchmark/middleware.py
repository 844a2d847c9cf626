"""The middleware that a number depends on."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import rclpy

PROFILE_VARIABLE = 'FASTRTPS_DEFAULT_PROFILES_FILE'


def describe_middleware() -> dict[str, str | None]:
    """Return versions and names of what carries the images, None for what does not apply."""
    profile = os.environ.get(PROFILE_VARIABLE)
    return {
        'ros': os.environ.get('ROS_DISTRO'),
        'rclpy': next(filter(None, map(_installed, ('rclpy', 'ros-rclpy'))), None),
        'rmw': rclpy.get_rmw_implementation_identifier(),
        'Fast DDS profile of all processes': Path(profile).name if profile else None,
    }


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
