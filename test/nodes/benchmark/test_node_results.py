"""What known times say about the node's own, in numbers, table and JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lpsnet_ros.nodes.benchmark import pages, report
from lpsnet_ros.nodes.benchmark.case import NodeCase
from lpsnet_ros.nodes.benchmark.results import NodeResult, Stream

STAGES = {
    'wait': [0.1] * 3,
    'decode': [0.3] * 3,
    'engine': [51.0, 50.0, 60.0],
    'publish': [1.6] * 3,
}
CONTEXT = {
    'command': 'lpsnet benchmark --node',
    'source': 'street',
    'machine': {
        'processor': 'Abacus 3000',
        'gpu': None,
        'usable_cores': 4,
        'memory_gib': 8.0,
        'load_average': 0.1,
    },
    'versions': {'rclpy': '7.1.6', 'ros': None},
}


@pytest.fixture
def result() -> NodeResult:
    case = NodeCase(Path('models/lpsnet_s_camvid.safetensors'), (1080, 1920))
    engine = {'backend': 'cpu', 'precision': 'fp32', 'resolution': 1.0, 'threads': 2}
    return NodeResult(
        case,
        engine,
        alone_ms=[49.0, 50.0, 52.0],
        one_by_one=Stream(3, [70.0, 71.0, 80.0], STAGES),
        at_rate=Stream(30, [90.0] * 2, {stage: times[:2] for stage, times in STAGES.items()}),
        rate_hz=30.0,
        frame_transport_ms=[12.0, 14.0, 13.0],
        mask_transport_ms=[3.0, 2.0, 4.0],
    )


def test_the_node_adds_what_a_frame_is_longer_in_it_than_in_the_engine(
    result: NodeResult,
) -> None:
    assert result.one_by_one.node_ms == pytest.approx([53.0, 52.0, 62.0])
    assert result.one_by_one.besides_engine_ms == pytest.approx([2.0] * 3)
    assert result.added_ms == pytest.approx(53.0 - 49.0)
    assert result.beyond_transport_ms == pytest.approx(71.0 - 50.0 - 13.0 - 3.0)


@pytest.mark.parametrize(('alone', 'allowed'), [(10.0, 3.0), (30.0, 3.0), (200.0, 20.0)])
def test_it_may_add_a_tenth_or_3_ms(result: NodeResult, alone: float, allowed: float) -> None:
    assert replace(result, alone_ms=[alone]).allowed_ms == pytest.approx(allowed)


def test_the_table_holds_every_part_and_the_verdict(result: NodeResult) -> None:
    lines = report.as_table(result).splitlines()
    assert lines[0] == (
        'lpsnet_s_camvid, 1080x1920 bgr8, the network sees 1 of them, cpu fp32, 2 thread(s)'
    )
    cells = [[c.strip() for c in line.split('|')[1:-1]] for line in lines if line[:2] == '| ']
    p50 = {row[0]: row[1] for row in cells[:9]}
    assert p50['engine alone'] == '50.00'
    assert p50['one by one: publish to mask'] == '71.00'
    assert p50['- in the node'] == '53.00'
    assert p50['- - engine'] == '51.00'
    assert [row[4] for row in cells if row[0] == '30 Hz: publish to mask'] == ['2']
    text = '\n'.join(lines)
    assert 'adds 4.00 ms to the engine (median of pairs): within the 5.00 ms' in text
    assert 'takes 5.00 ms more than engine and transport alone' in text
    assert 'At 30 Hz 2 of 30 frames got a mask' in text


def test_a_node_that_adds_too_much_is_not_praised(result: NodeResult) -> None:
    slow = replace(result, alone_ms=[20.0] * 3)
    assert 'adds 33.00 ms' in report.as_table(slow)
    assert 'NOT within the 3.00 ms' in report.as_table(slow)


def test_a_stream_without_masks_is_shown_as_such(result: NodeResult) -> None:
    none = Stream(30, [], {stage: [] for stage in STAGES})
    assert 'At 30 Hz 0 of 30' in report.as_table(replace(result, at_rate=none))
    document = json.loads(
        pages.as_json([report.as_numbers(replace(result, at_rate=none))], CONTEXT)
    )
    assert document['cases'][0]['at_rate']['end_to_end'] == {'times_ms': []}


def test_json_holds_every_time_and_where_it_is_from(result: NodeResult) -> None:
    document = json.loads(pages.as_json([report.as_numbers(result)], CONTEXT))
    assert document['versions']['rclpy'] == '7.1.6'
    (case,) = document['cases']
    assert case['case']['checkpoint'] == 'lpsnet_s_camvid'
    assert case['one_by_one']['stages']['engine']['times_ms'] == STAGES['engine']
    assert case['frame_transport']['p50'] == 13.0
    assert case['added_ms'] == pytest.approx(4.0)


def test_the_page_ends_with_machine_and_command(result: NodeResult) -> None:
    page = pages.as_page([report.as_table(result)] * 2, CONTEXT)
    assert page.count('| engine alone') == 2
    assert page.splitlines()[-3:] == [
        '- Abacus 3000, 4 cores, 8.0 GiB; rclpy 7.1.6',
        '- frames: street',
        '- command: lpsnet benchmark --node',
    ]
