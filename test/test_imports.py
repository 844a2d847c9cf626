"""Imports run one way, and the core needs neither ROS nor the training extra."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lpsnet_ros

PACKAGE = Path(lpsnet_ros.__file__).parent
MAY_IMPORT = {
    'resources': set(),
    'network': set(),
    'engine': {'network', 'resources'},
    'frames': {'network'},
    'training': {'engine', 'network'},
    'nodes': {'engine', 'frames', 'network', 'resources'},
}
ROS = {'rclpy', 'rcl_interfaces', 'launch', 'launch_ros'}


def imported_names(file: Path) -> Iterator[str]:
    """Yield every module and member that a file imports anywhere, as ``a.b.c``."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{file}: relative import'
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


def imports_of_part(part: str) -> set[str]:
    files = sorted(PACKAGE.glob(f'{part}.py')) + sorted(PACKAGE.glob(f'{part}/**/*.py'))
    assert files, f'{PACKAGE} has no part {part!r}'
    return {name for file in files for name in imported_names(file)}


def loaded_by(module: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter holds after an import."""
    code = f'import sys, {module}; print(*{{name.partition(".")[0] for name in sys.modules}})'
    command = [sys.executable, '-c', code]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_every_part_is_known() -> None:
    parts = {
        p.stem for p in PACKAGE.iterdir() if p.suffix == '.py' or (p / '__init__.py').exists()
    }
    assert parts == {*MAY_IMPORT, 'cli', '__init__'}


@pytest.mark.parametrize('part', list(MAY_IMPORT))
def test_part_imports_only_what_it_may(part: str) -> None:
    own = {name for name in imports_of_part(part) if name.startswith('lpsnet_ros.')}
    assert {name.split('.')[1] for name in own} <= {part, *MAY_IMPORT[part]}


@pytest.mark.parametrize('part', sorted({*MAY_IMPORT, 'cli'} - {'nodes'}))
def test_only_nodes_import_ros(part: str) -> None:
    roots = {name.split('.')[0] for name in imports_of_part(part)}
    assert not {root for root in roots if root in ROS or root.endswith('_msgs')}


def test_nodes_import_nothing_that_humble_s_rclpy_lacks() -> None:
    assert not {name for name in imports_of_part('nodes') if name.startswith('rclpy.clock_type')}


def test_network_imports_torch_and_safetensors_alone() -> None:
    roots = {name.split('.')[0] for name in imports_of_part('network')}
    assert roots - sys.stdlib_module_names == {'torch', 'safetensors', 'lpsnet_ros'}


@pytest.mark.parametrize(
    ('module', 'unwanted'),
    [
        ('lpsnet_ros.network', {'rclpy', 'cv2', 'lightning', 'torchmetrics', 'click'}),
        ('lpsnet_ros.engine', {'rclpy', 'lightning', 'torchmetrics', 'click'}),
        ('lpsnet_ros.cli.main', {'rclpy', 'lightning', 'torchmetrics'}),
    ],
)
def test_import_pulls_in_nothing_that_may_be_absent(module: str, unwanted: set[str]) -> None:
    loaded = loaded_by(module)
    assert {'lpsnet_ros', 'torch'} <= loaded
    assert not loaded & unwanted
