"""Class tables."""

from __future__ import annotations

import pytest

from lpsnet_ros.network import CAMVID, CITYSCAPES, ClassTable

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.mark.parametrize(('table', 'length'), [(CITYSCAPES, 19), (CAMVID, 11)])
def test_known_table_tells_its_classes_apart(table: ClassTable, length: int) -> None:
    assert len(table) == len(set(table.names)) == len(set(table.colours)) == length


def test_ids_follow_the_data_sets() -> None:
    assert CITYSCAPES.names[0] == 'road'
    assert CITYSCAPES.names[13] == 'car'
    assert CAMVID.names[3] == 'road'
    assert CAMVID.colours[3] == (128, 64, 128)


@pytest.mark.parametrize(('count', 'table'), [(19, CITYSCAPES), (11, CAMVID)])
def test_count_of_a_known_data_set_gives_its_table(count: int, table: ClassTable) -> None:
    assert ClassTable.for_count(count) is table


def test_other_counts_give_a_numbered_table() -> None:
    assert ClassTable.for_count(3).names == ('class_0', 'class_1', 'class_2')


def test_numbered_colours_differ_and_none_is_black() -> None:
    colours = ClassTable.numbered(255).colours
    assert len({*colours, (0, 0, 0)}) == 256


def test_missing_colours_are_made_up_unlike_those_given() -> None:
    numbered = ClassTable.numbered(2).colours
    table = ClassTable.with_palette(['a', 'b', 'c'], [None, numbered[0], None])
    assert table.names == ('a', 'b', 'c')
    assert table.colours[1] == numbered[0]
    assert len(set(table.colours)) == 3


def test_lists_become_tuples() -> None:
    table = ClassTable(['a', 'b'], [[255, 0, 0], [0, 0, 255]])
    assert table == ClassTable(('a', 'b'), (RED, BLUE))
    assert hash(table) == hash(ClassTable(('a', 'b'), (RED, BLUE)))


def test_name_that_occurs_twice_is_refused() -> None:
    with pytest.raises(ValueError, match='class names must be unique'):
        ClassTable(('car', 'car'), (RED, BLUE))


def test_missing_colour_is_refused() -> None:
    with pytest.raises(ValueError, match='2 class names but 1 colours'):
        ClassTable(('car', 'road'), (RED,))


@pytest.mark.parametrize('colour', [(0, 0), (0, 0, 256), (-1, 0, 0), (1, 2, 3, 4)])
def test_colour_that_is_no_rgb_is_refused(colour: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"colour of 'car' must be three values in 0\.\.255"):
        ClassTable(('car',), (colour,))
