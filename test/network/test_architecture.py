"""The three dimensions and the named scales."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lpsnet_ros.network import SCALES, Architecture
from lpsnet_ros.network.architecture import scale

DEPTH = (1, 1, 1, 1, 1)
WIDTH = (4, 8, 16, 32, 32)


def test_resolution_is_sorted_and_zeros_dropped() -> None:
    assert Architecture(DEPTH, WIDTH, (0, 0.25, 1, 0)).resolution == (1.0, 0.25)


def test_paths_are_counted_without_zeros() -> None:
    assert Architecture(DEPTH, WIDTH, (1, 0, 0.5)).num_paths == 2


def test_order_and_zeros_do_not_make_another_architecture() -> None:
    assert Architecture(DEPTH, WIDTH, [0.25, 0, 1]) == Architecture(DEPTH, WIDTH, (1, 0.25))


@pytest.mark.parametrize('depth', [(1, 1, 1, 1), (1, 1, 1, 1, 1, 1), (1, 1, 0, 1, 1), ()])
def test_malformed_depth_is_refused(depth: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match='depth must be 5 integers of at least 1'):
        Architecture(depth, WIDTH, (1,))


@pytest.mark.parametrize('width', [(4, 8, 16, 32), (4, 8, 16, 32, -1)])
def test_malformed_width_is_refused(width: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match='width must be 5 integers of at least 1'):
        Architecture(DEPTH, width, (1,))


@pytest.mark.parametrize(
    'resolution', [(), (0, 0), (1, 0.75, 0.5, 0.25), (-0.5,), (4.5,), (float('nan'),)]
)
def test_malformed_resolution_is_refused(resolution: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match='resolution must hold 1 to 3 ratios'):
        Architecture(DEPTH, WIDTH, resolution)


def test_scales_are_found_in_either_case() -> None:
    assert scale('S') is scale('s') is SCALES['s']


def test_unknown_scale_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown scale 'xl': choose one of tiny, s, m, l"):
        scale('xl')


@pytest.mark.parametrize('name', list(SCALES))
def test_scale_knows_its_name(name: str) -> None:
    assert SCALES[name].name == name


def test_nameless_architecture_spells_out_its_dimensions() -> None:
    assert Architecture(DEPTH, WIDTH, (1, 0.25)).name == 'd1-1-1-1-1_w4-8-16-32-32_r1-0.25'


def test_aligned_inputs_are_the_nearest_that_strides_divide() -> None:
    aligned = Architecture(DEPTH, WIDTH, (0.75, 0.25), aligned=True)
    assert aligned.path_sizes((720, 960)) == [(545, 721), (177, 241)]
    assert aligned.path_sizes((1, 9)) == [(1, 1), (1, 1)]
    assert Architecture(DEPTH, WIDTH, (0.75, 0.25)).path_sizes((720, 960))[0] == (540, 720)


@pytest.mark.parametrize('option', [{'aligned': True}, {'output_stride': 8}])
def test_what_is_not_in_the_paper_is_no_dimension(option: dict[str, int]) -> None:
    changed = replace(SCALES['s'], **option)
    assert changed == SCALES['s']
    assert changed.name == 's'


def test_output_stride_divides_that_of_the_features() -> None:
    assert [replace(SCALES['s'], output_stride=s).points_per_feature for s in (16, 8, 4)] == [
        1,
        2,
        4,
    ]
    with pytest.raises(ValueError, match='output_stride must be one of 16, 8, 4; got 5'):
        replace(SCALES['s'], output_stride=5)
