"""The reference of what back ends do: camera frame in, class ids out, in plain torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lpsnet_ros.engine.upsample_argmax import upsample_argmax
from lpsnet_ros.network import LPSNet
from lpsnet_ros.network.model import resize


class ImageToMask(nn.Module):
    """Normalise, LPS-Net, upsample, argmax: uint8 (H,W,3) frame -> uint8 (H,W) class ids.

    Each path's input is resized from the frame itself, so that a ``network_size`` other than the
    frame's costs no second interpolation.

    Args:
        network: any form; the folded one is used.
        network_size: (height, width) of the picture that the network sees.
        bgr: the frame's channels are blue, green, red; else red, green, blue.

    Raises:
        ValueError: the network has no ``info``, or its input would be too small for a path.

    """

    def __init__(self, network: LPSNet, network_size: tuple[int, int], bgr: bool = True) -> None:
        super().__init__()
        mean, std = network.required_info.pixel_statistics()
        network.check_input(torch.empty(1, 3, *network_size, device='meta'))
        deployed = network.deployed().requires_grad_(False)
        self.network = deployed.to(memory_format=torch.channels_last)
        self.network_size = network_size
        self.bgr = bgr
        self.register_buffer('mean', mean)
        self.register_buffer('std', std)

    def forward(self, frame: Tensor) -> Tensor:
        return upsample_argmax(self.logits(frame)[0], frame.shape[:2], frame.shape[:2])

    def logits(self, frame: Tensor) -> Tensor:
        """Return the network's float scores (1,C,h,w) for a uint8 (H,W,3) frame."""
        rgb = frame.flip(2) if self.bgr else frame
        pixels = ((rgb.to(self.mean.dtype) - self.mean) / self.std).permute(2, 0, 1)[None]
        sizes = self.network.path_sizes(self.network_size)
        return self.network.forward_paths([resize(pixels, size) for size in sizes])
