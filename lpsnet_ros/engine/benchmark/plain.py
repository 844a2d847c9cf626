"""The same masks without any of our speed: what the alternatives compute, and the bare network."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lpsnet_ros.engine.backends.base import Frame, Mask
from lpsnet_ros.engine.benchmark.measure import Run
from lpsnet_ros.network import LPSNet
from lpsnet_ros.network.model import resize

DTYPES = {'fp32': torch.float32, 'fp16': torch.float16, 'bf16': torch.bfloat16}
GRAPH_WARMUP = 3


class PlainPipeline(nn.Module):
    """Frame to mask as the official evaluation does it: uint8 (H,W,3) BGR -> uint8 (H,W).

    Normalisation of the whole frame, the folded network, full-size scores with aligned corners,
    argmax. Each path's input is resized from the frame itself, as in ``ImageToMask``: the same
    function, so that masks can be compared, and no more work than ours has.

    Args:
        network: with its ``info``.
        network_size: (height, width) of the picture that the network sees.
        dtype: what the network computes in; all else is float32.

    """

    def __init__(
        self,
        network: LPSNet,
        network_size: tuple[int, int],
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.network = network.folded().requires_grad_(False).to(dtype)
        self.dtype = dtype
        self.sizes = network.path_sizes(network_size)
        mean, std = network.info.pixel_statistics()
        self.register_buffer('mean', mean)
        self.register_buffer('std', std)

    def forward(self, frame: Tensor) -> Tensor:
        """Return the class ids of a frame."""
        pixels = ((frame.flip(2).float() - self.mean) / self.std).permute(2, 0, 1)[None]
        inputs = [resize(pixels, size).to(self.dtype) for size in self.sizes]
        logits = self.network.forward_paths(inputs).float()
        size = (frame.shape[0], frame.shape[1])
        scores = F.interpolate(logits, size=size, mode='bilinear', align_corners=True)
        return scores.argmax(dim=1)[0].to(torch.uint8)


def on_frames(pipeline: Callable[[Tensor], Tensor], device: torch.device) -> Run:
    """Let a pipeline of tensors take frames and return masks, with upload and download."""

    @torch.inference_mode()
    def run(frame: Frame) -> Mask:
        return pipeline(torch.from_numpy(frame).to(device)).cpu().numpy()

    return run


def bare_network(
    network: LPSNet, network_size: tuple[int, int], precision: str, device: torch.device
) -> Run:
    """Return the network alone, which ignores the frame: the floor of any engine's time.

    Folded, channels last, on an already normalised input of the network's size that lies on the
    device; resizing it for its paths is part of it. On a GPU it runs as a CUDA graph.
    """
    options = {'dtype': DTYPES[precision], 'device': device}
    bare = network.folded().requires_grad_(False)
    bare = bare.to(**options, memory_format=torch.channels_last)
    images = torch.randn((1, 3, *network_size), generator=torch.Generator().manual_seed(0))
    images = images.to(**options, memory_format=torch.channels_last)

    @torch.inference_mode()
    def forward(_: Frame) -> None:
        bare(images)

    return _CudaGraph(forward) if device.type == 'cuda' else forward


class _CudaGraph:
    """What a function launches, as one graph; a call returns when the GPU is done.

    Args:
        forward: kept, since a graph does not keep alive the tensors that it reads.

    """

    def __init__(self, forward: Run) -> None:
        self._forward = forward
        torch.cuda.synchronize()
        with torch.cuda.stream(torch.cuda.Stream()):
            for _ in range(GRAPH_WARMUP):
                forward(None)
        torch.cuda.synchronize()
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            forward(None)

    def __call__(self, frame: Frame) -> None:
        self._graph.replay()
        torch.cuda.synchronize()
