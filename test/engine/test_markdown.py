"""Tables, and parts of pages."""

from __future__ import annotations

import pytest

from lpsnet_ros.engine.markdown import BEGIN, END, block, percent, table, with_block


def test_numbers_are_flush_right_and_cells_line_up() -> None:
    assert table(('', 'ms'), [('first', '1.0'), ('b', '10.0')]).splitlines() == [
        '|       |   ms |',
        '| ----- | ---: |',
        '| first |  1.0 |',
        '| b     | 10.0 |',
    ]


def test_text_is_flush_left() -> None:
    assert table(('', 'x'), [('a', 'long')], numbers=False).splitlines() == [
        '|   | x    |',
        '| - | ---- |',
        '| a | long |',
    ]


@pytest.mark.parametrize(
    ('share', 'text'), [(0.12345, '12.3'), (1.0, '100.0'), (None, '-'), (float('nan'), '-')]
)
def test_percent(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_a_block_is_replaced_and_the_page_around_it_kept() -> None:
    page = f'# Title\n\n{block("old")}\n\nby hand\n'
    assert with_block(page, 'new') == f'# Title\n\n{block("new")}\n\nby hand\n'


@pytest.mark.parametrize(
    'page', ['', BEGIN, END, f'{END}{BEGIN}', f'{BEGIN}{BEGIN}{END}', f'{BEGIN}{END}{END}']
)
def test_a_page_without_both_marks_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match='once each, in this order'):
        with_block(page, 'new')
