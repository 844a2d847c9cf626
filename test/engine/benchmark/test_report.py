"""What tables, JSON and the plot say of results that are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lpsnet_ros.engine import Provenance
from lpsnet_ros.engine.benchmark import Case, CaseResult, Row, plot, report, summarise
from lpsnet_ros.engine.benchmark.results import ENGINE, NETWORK, PEER, STAGE
from lpsnet_ros.engine.benchmark.suite import SuiteResult

CONTEXT = {
    'command': 'lpsnet benchmark --rounds 2',
    'source': 'street',
    'machine': {
        'processor': 'Abacus 3000',
        'gpu': None,
        'usable_cores': 4,
        'memory_gib': 8.0,
        'load_average': 0.1,
    },
    'versions': {'torch': '2.13.0', 'openvino': None},
}


def row(name: str, kind: str, milliseconds: float, **values: float | None) -> Row:
    times = [milliseconds] * 2
    ready_s, agreement = values.get('ready_s'), values.get('agreement')
    extra = values.get('extra_mib')
    return Row(name, kind, f'a {kind}', summarise(times), ready_s, agreement, times, extra)


def result(size: tuple[int, int] = (500, 1000), threads: int = 2) -> CaseResult:
    case = Case('s', size, threads)
    origin = Provenance('s', 'cpu', 'fp32', 'cpu', 'as asked for', 'compiled', 1.0, 0.5)
    rows = [
        row('lpsnet_ros', ENGINE, 10.0, ready_s=0.5, agreement=99.9, extra_mib=12.0),
        row('network', STAGE, 7.0),
        row('bare network', NETWORK, 8.0, ready_s=0.1),
        row('eager', PEER, 40.0, ready_s=0.2, agreement=100.0),
        row('speedy', PEER, 5.0, ready_s=9.0, agreement=50.0),
    ]
    return CaseResult(case, origin, rows, {'openvino': 'not installed: openvino'})


@pytest.fixture
def suite_result() -> SuiteResult:
    scaled = [result((250, 1000), 2), result((500, 1000), 1)]
    return SuiteResult([result()], scaled, scaled)


def test_the_table_is_ordered_by_speed_with_stages_below_the_engine() -> None:
    lines = report.as_table(result()).splitlines()
    assert lines[0] == (
        's, 500x1000 frames, the network sees 1 of them, cpu fp32, 2 thread(s), 2 rounds'
    )
    cells = [[c.strip() for c in line.split('|')[1:-1]] for line in lines if line[:1] == '|']
    names = [line[0] for line in cells[2:]]
    assert names == ['speedy', 'bare network', 'lpsnet_ros', '- network', 'eager']
    table = dict(zip(names, cells[2:]))
    assert table['lpsnet_ros'][1:] == [
        '10.00', '10.00', '10.00', '100.0', '1.25', '1.00', '99.900', '0.5', '12.0'
    ]  # fmt: skip
    assert table['eager'][4:8] == ['25.0', '5.00', '4.00', '100.000']
    assert table['speedy'][6] == '0.50'
    assert table['- network'][1:] == ['7.00'] * 3 + ['', '', '0.70', '', '', '']
    assert lines[-1] == '- without openvino: not installed: openvino'


def test_all_lines_of_a_table_are_of_one_width() -> None:
    lines = [line for line in report.as_table(result()).splitlines() if line[:1] == '|']
    assert len({len(line) for line in lines}) == 1


def test_json_holds_everything(suite_result: SuiteResult) -> None:
    document = json.loads(report.as_json(suite_result, CONTEXT))
    assert document['schema'] == report.SCHEMA
    assert {name: document[name] for name in CONTEXT} == CONTEXT
    assert document['date'].endswith('+00:00')
    comparison = document['comparisons'][0]
    assert comparison['case']['size'] == [500, 1000]
    assert comparison['engine']['note'] == 'compiled'
    assert comparison['left_out'] == {'openvino': 'not installed: openvino'}
    eager = next(r for r in comparison['rows'] if r['name'] == 'eager')
    assert eager['times_ms'] == [40.0, 40.0]
    assert (eager['ratio_to_network'], eager['ratio_to_engine']) == (5, 4)
    assert (eager['ms_per_megapixel'], eager['fps']) == (80, 25)
    assert len(document['over_sizes']) == len(document['over_threads']) == 2


def test_the_scaling_table_counts_by_megapixel(suite_result: SuiteResult) -> None:
    lines = report.scaling_table(suite_result.over_sizes).splitlines()
    cells = [[c.strip() for c in line.split('|')[1:-1]] for line in lines[2:]]
    assert cells == [
        ['250x1000', '2', '10.00', '40.00', '1.25'],
        ['500x1000', '1', '10.00', '20.00', '1.25'],
    ]


def test_the_page_says_where_numbers_come_from(suite_result: SuiteResult) -> None:
    page = report.as_page(suite_result, CONTEXT)
    assert 'Abacus 3000, 4 cores, 8.0 GiB; torch 2.13.0\n' in page
    assert 'command: lpsnet benchmark --rounds 2\n' in page
    assert 'WARNING' not in page
    busy = {**CONTEXT, 'machine': {**CONTEXT['machine'], 'load_average': 2.0}}
    assert 'WARNING: load average 2.0 on 4 cores' in report.as_page(suite_result, busy)


def test_the_plot_has_a_panel_for_each_part(suite_result: SuiteResult, tmp_path: Path) -> None:
    pytest.importorskip('matplotlib', reason='matplotlib is not installed: pip install .[bench]')
    plot.draw(tmp_path / 'all.png', suite_result)
    plot.draw(tmp_path / 'one.svg', SuiteResult([result()]))
    assert (tmp_path / 'all.png').read_bytes().startswith(b'\x89PNG')
    assert '<svg' in (tmp_path / 'one.svg').read_text()


def test_a_plot_without_matplotlib_is_refused_with_the_fix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plot.importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(ValueError, match=r'pip install "lpsnet_ros\[bench\]"'):
        plot.check_installed()
