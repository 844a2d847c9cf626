"""What the results of every benchmark of the node have around them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from lpsnet_ros.engine.benchmark.report import footer
from lpsnet_ros.nodes.benchmark.case import NodeCase

SCHEMA = 1


def heading(case: NodeCase, engine: Mapping[str, Any]) -> str:
    """Return one line that says what was measured."""
    height, width = case.size
    return (
        f'{case.checkpoint.stem}, {height}x{width} bgr8, the network sees '
        f'{engine["resolution"]:g} of them, {engine["backend"]} {engine["precision"]}, '
        f'{engine["threads"]} thread(s)'
    )


def case_numbers(case: NodeCase, engine: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was measured, for JSON."""
    return {'case': {**asdict(case), 'checkpoint': case.checkpoint.stem}, 'engine': dict(engine)}


def as_page(tables: Sequence[str], context: Mapping[str, Any]) -> str:
    """Return tables as a page of Markdown that says where they are from."""
    return '\n\n'.join([*tables, footer(context)]) + '\n'


def as_json(cases: Sequence[Mapping[str, Any]], context: Mapping[str, Any]) -> str:
    """Return everything: cases, machine, versions, command, date.

    Args:
        cases: the numbers of each.
        context: ``machine``, ``versions``, ``command``, ``source`` and the like.

    """
    document = {
        'schema': SCHEMA,
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        **context,
        'cases': cases,
    }
    return json.dumps(document, indent=1)
