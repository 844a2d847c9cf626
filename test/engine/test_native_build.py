"""Kernels in the cache whose checksum fits but which do not do their work."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.native_build import KIND, SOURCE, WrongKernels, build, proved_library
from lpsnet_ros.network import LPSNet

REAL = SOURCE.read_text()
WRONG = {
    'resize_frame': ('row[3 * x + c] =', 'row[3 * x + 2 - c] ='),
    'upsample_argmax': ('best_index = k;', 'best_index = 0;'),
    'confidence': ('255.0f / sum[i]', '250.0f / sum[i]'),
}


@pytest.fixture(scope='module')
def working(tmp_path_factory: pytest.TempPathFactory) -> EngineCache:
    cache = EngineCache(tmp_path_factory.mktemp('engines'))
    library, note = build(cache)
    if library is None:
        pytest.skip(note)
    return cache


@pytest.fixture
def cache(working: EngineCache, tmp_path: Path) -> EngineCache:
    """Return a cache with working kernels."""
    return EngineCache(shutil.copytree(working.folder, tmp_path / 'engines'))


def replace_kernels(cache: EngineCache, write: Callable[[Path], object]) -> None:
    (entry,) = cache.entries()
    assert entry.kind == KIND
    cache.store(entry.kind, entry.fields, write)


def compiled(source: str) -> Callable[[Path], object]:
    def write(target: Path) -> None:
        command = ['cc', '-std=c11', '-O0', '-fPIC', '-shared', '-xc', '-', '-o', str(target)]
        subprocess.run(command, input=source, text=True, check=True)

    return write


def test_working_kernels_are_taken_from_the_cache(cache: EngineCache) -> None:
    library, note = build(cache)
    assert library is not None
    assert note == 'kernels from the cache'


def test_proof_takes_little_time(working: EngineCache) -> None:
    path = working.entries()[0].path
    proved_library(path)
    begun = time.thread_time()
    proved_library(path)
    assert time.thread_time() - begun < 0.1


@pytest.mark.parametrize('kernel', list(WRONG))
def test_wrong_kernel_is_found_out(tmp_path: Path, kernel: str) -> None:
    right, wrong = WRONG[kernel]
    assert right in REAL
    compiled(REAL.replace(right, wrong))(tmp_path / 'library')
    with pytest.raises(WrongKernels, match=f'{kernel} does not compute what torch does'):
        proved_library(tmp_path / 'library')


def test_wrong_kernels_in_the_cache_are_compiled_anew(cache: EngineCache) -> None:
    replace_kernels(cache, compiled(REAL.replace(*WRONG['upsample_argmax'])))
    library, note = build(cache)
    assert library is not None
    assert note.startswith('kernels compiled (cpu-kernels-')
    assert 'can not be used: WrongKernels: upsample_argmax' in note
    assert build(cache)[1] == 'kernels from the cache'


def test_library_without_the_kernels_is_compiled_anew(cache: EngineCache) -> None:
    replace_kernels(cache, compiled('int unrelated;'))
    library, note = build(cache)
    assert library is not None
    assert 'can not be used: AttributeError' in note and 'resize_frame' in note


def test_file_that_is_no_library_is_compiled_anew(cache: EngineCache) -> None:
    replace_kernels(cache, lambda target: target.write_bytes(b'of another machine'))
    library, note = build(cache)
    assert library is not None
    assert 'can not be used: OSError' in note


@pytest.mark.usefixtures('cache')
def test_compiler_that_makes_wrong_kernels_leads_to_torch(
    small_network: LPSNet,
    picture: NDArray[np.uint8],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = Engine(small_network, (48, 64), backend='cpu', precision='fp32')(picture)
    compiler = tmp_path / 'compiler'
    compiler.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo wrong && exit\n'
        'for target; do :; done\n'
        "sed 's/best_index = k;/best_index = 0;/' "
        f'{SOURCE} | cc -std=c11 -O0 -fPIC -shared -xc - -o "$target"\n'
    )
    compiler.chmod(0o700)
    monkeypatch.setenv('CC', str(compiler))
    engine = Engine(small_network, (48, 64), backend='cpu', precision='fp32')
    assert engine.provenance.note == (
        'torch in place of C kernels '
        '(WrongKernels: upsample_argmax does not compute what torch does)'
    )
    assert np.mean(engine(picture) != expected) < 0.01


@pytest.mark.parametrize('compiler', ['false', 'no-such-compiler -x'])
def test_missing_or_failing_compiler_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: str
) -> None:
    monkeypatch.setenv('CC', compiler)
    library, note = build(EngineCache(tmp_path))
    assert library is None
    assert compiler.split()[0] in note


@pytest.mark.usefixtures('working')
def test_kernels_that_can_not_be_kept_are_compiled_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / 'engines'
    folder.mkdir()
    folder.chmod(0o777)
    library, note = build(EngineCache(folder))
    assert library is not None
    assert note.startswith('kernels compiled, not kept: ') and 'chmod 700' in note
    assert list(folder.iterdir()) == []


def test_empty_cc_means_cc(cache: EngineCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('CC', '')
    assert build(cache)[1] == 'kernels from the cache'
