"""How fast an engine is, beside what else could compute the same masks, in one run."""

from lpsnet_ros.engine.benchmark.measure import Summary, interleave, summarise
from lpsnet_ros.engine.benchmark.results import Case, CaseResult, Row
from lpsnet_ros.engine.benchmark.run import run_case
from lpsnet_ros.engine.benchmark.subject import load_network

__all__ = [
    'Case',
    'CaseResult',
    'Row',
    'Summary',
    'interleave',
    'load_network',
    'run_case',
    'summarise',
]
