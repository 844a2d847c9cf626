"""What several tests share: small networks, a rendered data set, the real CamVid."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine import ImageToMask
from lpsnet_ros.frames import render_street
from lpsnet_ros.network import CAMVID, LPSNet, NetworkInfo, save_checkpoint

REPOSITORY = Path(__file__).resolve().parent.parent
STREET_SIZE = (96, 128)
STREET_SPLITS = {'train': ('A_0', 'A_1', 'A_2', 'A_3', 'B_0', 'B_1'), 'val': ('C_0', 'C_1')}
VOID_ROWS = 4


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line('filterwarnings', 'ignore:::lightning')


@torch.no_grad()
def fill(network: LPSNet) -> LPSNet:
    """Give every weight and statistic a value of its own, the same wherever this runs."""
    rng = np.random.default_rng(0)
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            values = torch.from_numpy(rng.random(tensor.shape))
            if tensor.ndim == 4:
                values = (values - 0.5) * (24 / tensor[0].numel()) ** 0.5
            elif name.endswith(('norm.weight', 'running_var')):
                values = values + 0.5
            else:
                values = values - 0.5
            tensor.copy_(values)
    return network.eval()


@pytest.fixture(scope='session', autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('XDG_CACHE_HOME', str(tmp_path_factory.mktemp('cache')))
        yield


@pytest.fixture(scope='session')
def make_network() -> Callable[..., LPSNet]:
    """Build a small network in eval mode, its weights and statistics filled with numbers."""

    def make(
        resolution: Sequence[float] = (1, 0.5),
        num_classes: int = 11,
        depth: Sequence[int] = (1, 2, 1, 2, 1),
        width: Sequence[int] = (4, 4, 8, 8, 8),
        **options: bool,
    ) -> LPSNet:
        return fill(LPSNet(depth, width, resolution, num_classes, **options))

    return make


@pytest.fixture(scope='session')
def picture() -> NDArray[np.uint8]:
    """Draw something smooth and colourful, uint8 (48,64,3) BGR."""
    noise = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.resize(noise, (64, 48), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
@torch.no_grad()
def small_network(make_network: Callable[..., LPSNet], picture: NDArray[np.uint8]) -> LPSNet:
    """Two paths in training form with identity branches, and CamVid's classes."""
    network = make_network(identity=True)
    network.info = NetworkInfo(
        CAMVID,
        mean=(0.4, 0.5, 0.6),
        std=(0.2, 0.25, 0.3),
        training_size=(96, 128),
        dataset='street',
        metrics={'miou': 0.625},
        licence='Apache-2.0',
    )
    # Without this one class would win everywhere.
    logits = ImageToMask(network, (96, 128)).logits(torch.from_numpy(picture))
    network.head.bias -= logits.mean(dim=(0, 2, 3))
    return network


@pytest.fixture
def small_checkpoint(small_network: LPSNet, tmp_path: Path) -> Path:
    return save_checkpoint(small_network.folded(), tmp_path / 'small.safetensors')


@pytest.fixture(scope='session')
def street_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render a data set in CamVid's layout, with some void; not to be written to."""
    root = tmp_path_factory.mktemp('street')
    for split, names in STREET_SPLITS.items():
        for kind in ('images', 'labels'):
            (root / kind / split).mkdir(parents=True)
        for index, name in enumerate(names):
            image, ids = render_street(7 * index, STREET_SIZE)
            ids[:VOID_ROWS] = len(CAMVID)
            cv2.imwrite(str(root / 'images' / split / f'{name}.png'), image)
            cv2.imwrite(str(root / 'labels' / split / f'{name}.png'), ids)
    return root


@pytest.fixture(scope='session')
def camvid_root() -> Path:
    root = Path(os.environ.get('LPSNET_CAMVID') or REPOSITORY.parent / 'shared' / 'camvid')
    if not root.is_dir():
        pytest.skip(f'no CamVid at {root}: LPSNET_CAMVID names its folder (images/, labels/)')
    return root
