"""Real-time semantic segmentation for ROS 2 with LPS-Net (arXiv 2207.13600)."""

__version__ = '0.1.0'
