"""The one function that everything heavy happens in: camera frame in, class ids out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lpsnet_ros.engine.upsample_argmax import upsample_argmax
from lpsnet_ros.network import LPSNet
from lpsnet_ros.network.model import resize


class ImageToMask(nn.Module):
    """Normalise, LPS-Net, upsample, argmax: uint8 (H,W,3) frame -> uint8 (H,W) class ids.

    Args:
        network: any form; the folded one is used.
        network_size: (height, width) of the picture that the network sees.
        bgr: the frame's channels are blue, green, red; else red, green, blue.

    Raises:
        ValueError: the network has no ``info``, or its input would be too small for a path.

    """

    def __init__(self, network: LPSNet, network_size: tuple[int, int], bgr: bool = True) -> None:
        super().__init__()
        if network.info is None:
            raise ValueError('the network has no info (classes, normalisation): set network.info')
        network.check_input(torch.empty(1, 3, *network_size, device='meta'))
        self.network = network.folded().to(memory_format=torch.channels_last).requires_grad_(False)
        self.network_size = network_size
        order = [2, 1, 0] if bgr else [0, 1, 2]
        mean = torch.tensor(network.info.mean)[order] * 255
        std = torch.tensor(network.info.std)[order] * 255
        self.register_buffer('mean', mean)
        self.register_buffer('scale', 1 / std)
        # Reordering the first convolutions' inputs costs nothing; reordering pixels does.
        if bgr:
            _flip_input_channels(self.network)

    def forward(self, frame: Tensor) -> Tensor:
        return upsample_argmax(self.logits(frame)[0], frame.shape[0], frame.shape[1])

    def logits(self, frame: Tensor) -> Tensor:
        """Return the network's float scores (1,C,h,w) for a uint8 (H,W,3) frame."""
        pixels = (frame.to(self.mean.dtype) - self.mean) * self.scale
        return self.network(resize(pixels.permute(2, 0, 1).unsqueeze(0), self.network_size))


@torch.no_grad()
def _flip_input_channels(network: LPSNet) -> None:
    for path in network.paths:
        conv = path.stages[0][0].conv
        conv.weight.copy_(conv.weight.flip(1))
