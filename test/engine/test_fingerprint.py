"""What engines depend on: equal where nothing changed, different where anything did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch

from lpsnet_ros.engine.fingerprint import driver, source_digest, weights_digest
from lpsnet_ros.network import LPSNet


def module_of(file: Path, source: str) -> ModuleType:
    file.parent.mkdir(exist_ok=True)
    file.write_text(source)
    module = ModuleType(file.stem)
    module.__file__ = str(file)
    return module


def test_weights_digest_follows_values_types_and_shapes(
    make_network: Callable[..., LPSNet],
) -> None:
    digest = weights_digest(make_network())
    assert digest == weights_digest(make_network().to(memory_format=torch.channels_last))
    changed = make_network()
    with torch.no_grad():
        changed.head.bias[3] += 1e-6
    others = {
        weights_digest(changed),
        weights_digest(make_network().half()),
        weights_digest(make_network().to(torch.bfloat16)),
        weights_digest(make_network(num_classes=12)),
    }
    assert len({digest, *others}) == 5


def test_source_digest_follows_the_source_and_not_its_folder(tmp_path: Path) -> None:
    first = module_of(tmp_path / 'here' / 'a.py', 'x = 1\n')
    same = module_of(tmp_path / 'there' / 'a.py', 'x = 1\n')
    other = module_of(tmp_path / 'other' / 'a.py', 'x = 2\n')
    second = module_of(tmp_path / 'here' / 'b.py', 'y = 1\n')
    assert source_digest([first]) == source_digest([same]) != source_digest([other])
    assert source_digest([first, second]) == source_digest([second, first])
    assert source_digest([first, second]) != source_digest([first])


@pytest.mark.parametrize(
    ('l4t', 'version', 'expected'),
    [
        (
            '# R36 (release), REVISION: 4.3\nmore',
            'NVRM version: 540',
            '# R36 (release), REVISION: 4.3',
        ),
        (None, 'NVRM version: NVIDIA 580.65\nGCC', 'NVRM version: NVIDIA 580.65'),
        ('', None, 'unknown'),
        (None, None, 'unknown'),
    ],
)
def test_driver_is_the_l4t_release_on_a_jetson(
    tmp_path: Path, l4t: str | None, version: str | None, expected: str
) -> None:
    paths = [tmp_path / 'l4t', tmp_path / 'version']
    for path, text in zip(paths, (l4t, version)):
        if text is not None:
            path.write_text(text)
    assert driver(*paths) == expected
