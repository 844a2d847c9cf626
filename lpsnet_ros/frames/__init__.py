"""Where frames come from when there is no camera driver: videos, pictures, a rendered street."""

from lpsnet_ros.frames.sources import FrameSource, open_source
from lpsnet_ros.frames.street import render_street

__all__ = ['FrameSource', 'open_source', 'render_street']
