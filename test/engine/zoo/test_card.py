"""Cards and the index, written from what was measured."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from lpsnet_ros.engine import markdown
from lpsnet_ros.engine.zoo import list_models, read_entry
from lpsnet_ros.engine.zoo.card import card, card_file, digest, facts
from lpsnet_ros.engine.zoo.index import index, index_file, listing
from lpsnet_ros.engine.zoo.plot import plot_file
from lpsnet_ros.engine.zoo.results import evaluation_file, latency_file


def rows(text: str) -> dict[str, list[str]]:
    """Return the cells of all tables' rows by their first."""
    lines = [line for line in text.splitlines() if line.startswith('|')]
    cells = [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines]
    return {first: others for first, *others in cells}


def test_facts_are_those_of_the_metadata(models: Path) -> None:
    entry = read_entry(models / 'lpsnet_s_street.safetensors')
    told = rows(facts(entry))
    assert told['network'] == [
        'd1-2-1-2-1_w4-4-8-8-8_r1-0.5 '
        '(depth 1, 2, 1, 2, 1; width 4, 4, 8, 8, 8; resolution 1, 0.5)'
    ]
    assert told['parameters'][0].startswith(f'{entry.parameters / 1e6:.3g} M, file of ')
    assert told['multiply-adds'] == [f'{entry.multiply_adds / 1e9:.3g} G at 96x128']
    assert told['classes'][0].startswith('11: sky, building')
    assert told['data set'] == ['street']
    assert told['licence'] == ['Apache-2.0']


def test_scores_say_whether_they_are_of_the_same_weights(models: Path) -> None:
    grown = read_entry(models / 'grown_1.safetensors')
    assert rows(facts(grown))['weights'] == ['this file']
    assert f'`{digest(grown)}`' in facts(grown)
    street = rows(facts(read_entry(models / 'lpsnet_s_street.safetensors')))
    assert street['weights'] == ['other weights (`ad7ba38659e5f3dd`)']
    assert street['data'] == ['Street, val, A: 7 frames']
    assert street['sky'] == ['91.4']
    assert street['fence'] == ['-']
    assert street['**mean**'] == ['**60.0**']
    assert street['cpu bf16'] == [
        '10.0',
        '20.0',
        '96x128',
        'Abacus, 2 thread(s), torch 2.13.0, 2026-11-23',
    ]


def test_what_was_not_measured_has_no_table(models: Path) -> None:
    entry = read_entry(models / 'grown_1.safetensors')
    evaluation_file(entry.path, 'unseen').unlink()
    latency_file(models, 'cpu', 'bf16').unlink()
    assert 'IoU' not in facts(entry)
    assert 'p50' not in facts(entry)


def test_a_card_is_begun_and_then_keeps_what_people_write(models: Path) -> None:
    entry = read_entry(models / 'grown_1.safetensors')
    file = card_file(entry)
    file.write_text(card(entry))
    assert file.read_text().startswith('# grown_1\n')
    assert file.read_text().endswith('## How it was made\n')
    by_hand = file.read_text().replace('made\n', 'made\n\nBy growing.\n').replace('40.0', '99.9')
    file.write_text(f'{by_hand}')
    assert 'By growing.' in card(entry)
    assert '99.9' not in card(entry)
    assert facts(entry) in card(entry)


def test_a_card_tells_the_output_stride_where_it_is_not_the_paper_s(models: Path) -> None:
    entry = read_entry(models / 'grown_1.safetensors')
    assert 'output stride' not in facts(entry)
    fine = replace(entry, architecture=replace(entry.architecture, output_stride=8))
    assert '; output stride 8)' in facts(fine)


@pytest.mark.parametrize('mark', [markdown.BEGIN, markdown.END])
def test_a_card_without_marks_is_left_alone(models: Path, mark: str) -> None:
    entry = read_entry(models / 'grown_1.safetensors')
    file = card_file(entry)
    file.write_text(card(entry).replace(mark, ''))
    with pytest.raises(ValueError, match=r'grown_1\.md: expected the lines .* once each'):
        card(entry)


def test_the_index_lists_every_model_with_its_scores_and_times(models: Path) -> None:
    page = index(list_models(models).entries, models)
    told = rows(page)
    assert told['model'][-3:] == ['unseen', 'ms, cpu bf16', 'licence']
    assert told['[grown_1](grown_1.md)'][-3:] == ['40.0', '4.2', 'Apache-2.0']
    assert told['[lpsnet_s_street](lpsnet_s_street.md)'][0] == 's, s_street'
    assert told['[lpsnet_s_street](lpsnet_s_street.md)'][-3:-1] == ['60.0 *', '10.0']
    assert '`*`: the score of other weights' in page
    assert 'cpu bf16: Abacus, 2 thread(s), torch 2.13.0, 2026-11-23, frames of 96x128.' in page
    assert '![' not in page


def test_the_index_shows_the_plot_where_there_is_one_and_keeps_its_page(models: Path) -> None:
    index_file(models).write_text(f'# Ours\n\n{markdown.block("old")}\n\nRead on.\n')
    plot_file(models).touch()
    page = index(list_models(models).entries, models)
    assert page.startswith('# Ours\n')
    assert page.endswith('\n\nRead on.\n')
    (target,) = re.findall(r'!\[.*\]\((.*)\)', page)
    assert models / target == plot_file(models)


def test_the_listing_shows_recorded_scores(models: Path) -> None:
    told = rows(listing(list_models(models).entries))
    assert told['grown_1'][0] == ''
    assert told['grown_1'][-2:] == ['miou 62.5', 'Apache-2.0']
