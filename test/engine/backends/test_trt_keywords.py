"""Our calls of torch_tensorrt against the real source of its releases, without running it.

It drops keywords that it does not know without a word, so a misspelt one would go unnoticed.
"""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lpsnet_ros.engine.backends import trt, trt_engine, trt_provision

VERSIONS = ('2.8.0', '2.10.0', '2.12.1', '2.14.0')
SOURCES = (trt, trt_engine, trt_provision)
USED = {'Device', 'Input', '__version__', 'dynamo.compile', 'load', 'runtime.set_cudagraphs_mode',
        'save'}  # fmt: skip
DEFINED_IN = {
    'dynamo.compile': ('dynamo/_compiler.py', 'compile'),
    'save': ('_compile.py', 'save'),
    'load': ('_compile.py', 'load'),
}
ALWAYS_EXPLICIT_SINCE = (2, 13)
NAME = 'torch_tensorrt.'


@pytest.fixture(params=VERSIONS)
def wheel(
    request: pytest.FixtureRequest, open_wheel: Callable[[str], zipfile.ZipFile]
) -> Iterator[zipfile.ZipFile]:
    with open_wheel(request.param) as opened:
        yield opened


def parsed(wheel: zipfile.ZipFile, file: str) -> ast.Module:
    return ast.parse(wheel.read(f'torch_tensorrt/{file}'))


def parameters(wheel: zipfile.ZipFile, used: str) -> set[str]:
    """Return the names of a function's parameters, ``**kwargs`` not among them."""
    file, name = DEFINED_IN[used]
    functions = [n for n in parsed(wheel, file).body if isinstance(n, ast.FunctionDef)]
    arguments = next(f for f in functions if f.name == name).args
    return {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def imported_names(module: ast.Module) -> set[str]:
    found = [n for n in ast.walk(module) if isinstance(n, ast.ImportFrom)]
    return {alias.asname or alias.name for node in found for alias in node.names}


def our_uses() -> set[str]:
    """Return every longest ``torch_tensorrt.a.b`` of our sources, as ``a.b``."""
    dotted = set()
    for module in SOURCES:
        tree = ast.parse(Path(module.__file__).read_text())
        dotted |= {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    used = {d.removeprefix('self._').removeprefix('torch_tensorrt.') for d in dotted if NAME in d}
    names = {u for u in used if u.replace('.', '').isidentifier()}
    return {u for u in names if not any(o.startswith(f'{u}.') for o in names)}


def our_keywords(used: str) -> set[str]:
    keywords = set()
    for module in SOURCES:
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == f'{NAME}{used}':
                keywords |= {k.arg for k in node.keywords if k.arg}
    return keywords


def version_of(wheel: zipfile.ZipFile) -> tuple[int, ...]:
    return tuple(int(v) for v in Path(wheel.filename).name.split('-')[1].split('.'))


def test_we_use_these_names_alone() -> None:
    assert our_uses() == USED


@pytest.mark.network
def test_every_release_has_the_names(wheel: zipfile.ZipFile) -> None:
    top = imported_names(parsed(wheel, '__init__.py'))
    assert {'Device', 'Input', '__version__', 'dynamo'} <= top
    assert 'compile' in imported_names(parsed(wheel, 'dynamo/__init__.py'))
    assert 'set_cudagraphs_mode' in imported_names(parsed(wheel, 'runtime/__init__.py'))


@pytest.mark.network
def test_every_release_knows_our_compile_options(wheel: zipfile.ZipFile) -> None:
    ours = our_keywords('dynamo.compile') | set(trt_engine.COMPILE_OPTIONS)
    assert {'arg_inputs', 'device', 'timing_cache_path', 'min_block_size'} <= ours
    unknown = ours - parameters(wheel, 'dynamo.compile')
    always_explicit = version_of(wheel) >= ALWAYS_EXPLICIT_SINCE
    assert unknown == ({'use_explicit_typing'} if always_explicit else set())


@pytest.mark.network
def test_every_release_knows_our_way_of_saving_and_loading(wheel: zipfile.ZipFile) -> None:
    assert our_keywords('save') == {'arg_inputs', 'output_format', 'retrace'}
    assert our_keywords('save') <= parameters(wheel, 'save')
    assert 'file_path' in parameters(wheel, 'load')
    assert not our_keywords('load')
