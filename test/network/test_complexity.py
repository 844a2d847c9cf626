"""Parameters and multiply-adds, against the paper's and against counting while it runs."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from lpsnet_ros.network import SCALES, Architecture, LPSNet
from lpsnet_ros.network.complexity import count_multiply_adds, count_parameters

UNLIKE_ANY = Architecture(
    (2, 1, 3, 1, 2), (4, 12, 20, 24, 36), (1.125, 0.75, 0.5), output_stride=4
)


@pytest.mark.parametrize(
    ('scale', 'gmacs'), [('tiny', 0.06), ('s', 10.4), ('m', 17.7), ('l', 43.8)]
)
def test_scales_have_the_work_of_the_official_code(scale: str, gmacs: float) -> None:
    macs = count_multiply_adds(SCALES[scale], 19, (1024, 2048))
    digits = len(str(gmacs).partition('.')[2])
    assert round(macs / 1e9, digits) == gmacs


@pytest.mark.parametrize('architecture', [*SCALES.values(), UNLIKE_ANY], ids=lambda a: a.name)
@pytest.mark.parametrize('size', [(720, 960), (101, 67)])
def test_both_equal_those_of_the_network_itself(
    architecture: Architecture, size: tuple[int, int]
) -> None:
    with torch.device('meta'), FlopCounterMode(display=False) as counter:
        network = LPSNet.from_architecture(architecture, num_classes=7, folded=True)
        network(torch.empty(1, 3, *size))
    assert 2 * count_multiply_adds(architecture, 7, size) == counter.get_total_flops()
    assert count_parameters(architecture, 7) == network.num_parameters
