"""What is around compiling with Torch-TensorRT and needs no GPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from lpsnet_ros.engine.backends.trt_engine import TIMING_CACHE, timing_cache_in


def test_measurements_are_replaced_once_they_have_served(tmp_path: Path) -> None:
    for seen, added in ((None, b'one'), (b'one', b'two')):
        with timing_cache_in(tmp_path) as path:
            assert (path.read_bytes() if path.exists() else None) == seen
            path.write_bytes(added)
        assert (tmp_path / TIMING_CACHE).read_bytes() == added
    assert [p.name for p in tmp_path.iterdir()] == [TIMING_CACHE]


def test_a_build_beside_another_sees_whole_measurements_only(tmp_path: Path) -> None:
    (tmp_path / TIMING_CACHE).write_bytes(b'whole')
    with timing_cache_in(tmp_path) as one:
        one.write_bytes(b'ha')
        with timing_cache_in(tmp_path) as other:
            assert other.read_bytes() == b'whole'


def test_measurements_of_a_build_that_failed_are_not_used_again(tmp_path: Path) -> None:
    (tmp_path / TIMING_CACHE).write_bytes(b'damaged')
    with pytest.raises(RuntimeError, match='deserialise'), timing_cache_in(tmp_path):
        raise RuntimeError('can not deserialise')
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_where_torch_tensorrt_writes_nothing(tmp_path: Path) -> None:
    with timing_cache_in(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []
