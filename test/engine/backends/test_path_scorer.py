"""What the GPU back ends compile: its values, and that TensorRT's converters know its operations.

Converters by name only, as listed for Torch-TensorRT 2.8 to 2.14: no TensorRT runs here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine import ImageToMask
from lpsnet_ros.engine.backends.frame_ends import fill_input
from lpsnet_ros.engine.backends.normalisation import Normalisation
from lpsnet_ros.engine.backends.path_scorer import PathScorer
from lpsnet_ros.engine.backends.self_test import probe_inputs
from lpsnet_ros.network import LPSNet

CONVERTIBLE = {
    'aten.add.Tensor',
    'aten.cat.default',
    'aten.convolution.default',
    'aten.relu.default',
    'aten.upsample_bilinear2d.vec',
}
RESOLUTIONS = [(1,), (0.75, 0.25), (1, 0.5, 0.25)]


@pytest.mark.parametrize('network_size', [(96, 128), (70, 100)])
def test_scores_are_the_references(
    small_network: LPSNet, picture: NDArray[np.uint8], network_size: tuple[int, int]
) -> None:
    frame = torch.from_numpy(picture)
    normalisation = Normalisation.of(small_network, True, torch.device('cpu'))
    inputs = [torch.zeros(1, 3, *s) for s in small_network.path_sizes(network_size)]
    for out in inputs:
        fill_input(frame, normalisation, out)
    with torch.inference_mode():
        logits = PathScorer(small_network.folded())(*inputs)
    expected = ImageToMask(small_network, network_size).logits(frame)
    assert expected.std() > 0.1
    torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-3)


def test_network_is_left_as_it_was(small_network: LPSNet) -> None:
    network = small_network.folded()
    PathScorer(network).half()
    assert network.head.weight.dtype == torch.float32


@pytest.mark.filterwarnings('ignore::FutureWarning')
@pytest.mark.parametrize('resolution', RESOLUTIONS)
def test_exported_half_precision_program_holds_convertible_operations_alone(
    make_network: Callable[..., LPSNet], resolution: Sequence[float]
) -> None:
    network = make_network(resolution).folded()
    scorer = PathScorer(network).half()
    inputs = [x.half() for x in probe_inputs(network.path_sizes((67, 93)))]
    program = torch.export.export(scorer, tuple(inputs))
    nodes = program.run_decompositions().graph.nodes
    operations = {str(n.target) for n in nodes if n.op == 'call_function'}
    assert operations <= CONVERTIBLE
    assert program.graph_signature.user_inputs == ('first', 'second', 'third')[: len(inputs)]
    torch.testing.assert_close(program.module()(*inputs), scorer(*inputs), rtol=0, atol=0)
