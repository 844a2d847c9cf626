"""Training and evaluation of LPS-Net. Needs the ``train`` extra; no ROS."""
