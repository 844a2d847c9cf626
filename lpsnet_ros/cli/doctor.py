"""``lpsnet doctor``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lpsnet_ros.cli.options import (
    FRAME_SIZE,
    cache_dir_option,
    model_option,
    resolution_option,
    source_option,
)

if TYPE_CHECKING:
    from lpsnet_ros.engine.doctor import CacheState, Finding

ROS_TIMEOUT_S = 30
# In a process of its own: an rclpy of another Python or ROS can take its process down with it.
ROS_PROBE = """
import rclpy, importlib.metadata as metadata
from rclpy.utilities import get_rmw_implementation_identifier
try:
    version = metadata.version('rclpy')
except metadata.PackageNotFoundError:
    version = 'unknown version'
print(version)
print(get_rmw_implementation_identifier())
"""
INDENT = '  '


@click.command(short_help='Check what this machine can compute with.')
@model_option
@click.option('--size', type=FRAME_SIZE, default='720x1280', show_default=True)
@resolution_option
@click.option('--precision', default='auto', show_default=True, help='What to compute in.')
@click.option('--rounds', type=click.IntRange(1), default=20, show_default=True)
@source_option
@cache_dir_option
@click.option('--json', 'as_json', is_flag=True, help='Print JSON instead.')
def doctor(
    model: str,
    size: tuple[int, int],
    resolution: float | None,
    precision: str,
    rounds: int,
    source: str,
    cache_dir: Path | None,
    as_json: bool,
) -> None:
    """Try every back end here: why not, or its masks against fp32 and its times.

    Exits with 0 only if at least one back end works and 99.9 % of the pixels that fp32 is sure of
    are as there.
    """
    from lpsnet_ros.engine.benchmark.machine import describe_machine, describe_versions
    from lpsnet_ros.engine.benchmark.subject import load_network
    from lpsnet_ros.engine.doctor import as_dict, examine, examine_cache
    from lpsnet_ros.frames.sample import sample_frames

    machine, versions = describe_machine(), {**describe_versions(), **ros_versions()}
    name, network = load_network(model)
    frames = sample_frames(source, size, count=4)
    cache = examine_cache(cache_dir)
    findings = examine(
        network,
        frames,
        rounds,
        resolution=resolution,
        precision=precision,
        cache_dir=cache_dir,
    )
    if as_json:
        report = {
            'model': name,
            'size': size,
            'machine': machine,
            'versions': versions,
            'cache': {**asdict(cache), 'folder': str(cache.folder)},
            'backends': [as_dict(f) for f in findings],
        }
        click.echo(json.dumps(report, indent=2))
    else:
        _print_machine(machine, versions)
        _print_findings(findings, f'{name}, {size[0]}x{size[1]} frames')
        _print_cache(cache)
    if not any(f.good for f in findings):
        raise click.ClickException('no back end works here and agrees with fp32: see above')


def ros_versions() -> dict[str, str | None]:
    """Return rclpy's version and the RMW in use; why there is none instead of the former."""
    command = [sys.executable, '-c', ROS_PROBE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ROS_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return {'rclpy': f'hangs: no answer in {ROS_TIMEOUT_S} s', 'rmw': None}
    lines = done.stdout.split('\n')
    if done.returncode == 0:
        return {'rclpy': lines[0], 'rmw': lines[1]}
    complaint = (done.stderr.strip().splitlines() or [f'exit code {done.returncode}'])[-1]
    absent = complaint == "ModuleNotFoundError: No module named 'rclpy'"
    reason = None if absent else f'can not be imported: {complaint}'
    return {'rclpy': reason, 'rmw': os.environ.get('RMW_IMPLEMENTATION')}


def _print_machine(machine: dict[str, Any], versions: dict[str, str | None]) -> None:
    from lpsnet_ros.engine.benchmark.machine import busy_note

    click.echo('Machine')
    _print_pairs({k: v for k, v in machine.items() if v is not None})
    click.echo('Versions')
    _print_pairs({name: version or 'not installed' for name, version in versions.items()})
    note = busy_note(machine)
    if note:
        click.echo(f'Note: {note}')


def _print_pairs(pairs: dict[str, Any]) -> None:
    width = max(map(len, pairs))
    for name, value in pairs.items():
        click.echo(f'{INDENT}{name:<{width}}  {value}')


def _print_findings(findings: Sequence[Finding], what: str) -> None:
    click.echo(f'Back ends ({what})')
    for finding in findings:
        click.echo(f'{INDENT}{finding.name} ({", ".join(finding.precisions)})')
        for line in _lines(finding):
            click.echo(f'{INDENT * 2}{line}')


def _lines(finding: Finding) -> list[str]:
    if finding.obstacle:
        return [f'NO: {finding.obstacle}']
    origin, latency = finding.provenance, finding.latency
    verdict = 'yes' if finding.good else _refusal(origin.precision)
    return [
        f'{verdict}: {origin.precision} on {origin.device}, ready in {origin.seconds:.1f} s',
        origin.note,
        f'{finding.agreement:.3f} % of the pixels as in fp32, '
        f'{finding.agreement_where_sure:.3f} % of those that it is sure of',
        f'p50 {latency.p50:.2f} ms, p95 {latency.p95:.2f} ms, {latency.fps:.0f} fps, '
        f'resolution {origin.resolution:.3g}',
    ]


def _refusal(precision: str) -> str:
    first = '' if precision == 'fp32' else '--precision fp32 (the node: precision: fp32) or '
    return f'NO: its masks differ too much from fp32: use {first}another back end'


def _print_cache(cache: CacheState) -> None:
    click.echo('Engine cache')
    click.echo(f'{INDENT}{cache.folder}: {cache.obstacle or "private and writable"}')
