"""Progressive expansion (arXiv 2207.13600): grow a network for the device that it will run on."""
