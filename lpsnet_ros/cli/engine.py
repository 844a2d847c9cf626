"""``lpsnet engine build | list | clear``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from lpsnet_ros.cli.options import (
    FRAME_SIZE,
    CommaList,
    backend_option,
    cache_dir_option,
    model_option,
    precision_option,
    resolution_option,
)

KIBIBYTE = 2**10


@click.group(short_help='Build engines ahead of time; list or delete those kept.')
def engine() -> None:
    """Build engines ahead of time, and look after those that are kept on disk."""


@engine.command(short_help='Get engines ready and keep them.')
@model_option
@click.option(
    '--size',
    'sizes',
    type=CommaList(FRAME_SIZE),
    required=True,
    help='Frame sizes; an engine is for one.',
)
@resolution_option
@backend_option
@precision_option
@cache_dir_option
def build(
    model: str,
    sizes: tuple[tuple[int, int], ...],
    resolution: float | None,
    backend: str,
    precision: str,
    cache_dir: Path | None,
) -> None:
    """Get a model ready for frames of each size, so that the node starts at once."""
    from lpsnet_ros.engine import Engine

    for size in sizes:
        click.echo(f'building {model} for {size[0]}x{size[1]} ...')
        origin = Engine.load(
            model,
            size,
            resolution=resolution,
            backend=backend,
            precision=precision,
            cache_dir=cache_dir,
        ).provenance
        click.echo(
            f'  {origin.backend} {origin.precision} on {origin.device} ({origin.reason}), '
            f'resolution {origin.resolution:.3g}, {origin.note}, {origin.seconds:.1f} s'
        )


@engine.command('list', short_help='Show what is kept.')
@cache_dir_option
@click.option('--json', 'as_json', is_flag=True, help='Print JSON instead.')
def list_(cache_dir: Path | None, as_json: bool) -> None:
    """Show what is kept: its kind, its size and the fields that it was built from."""
    from lpsnet_ros.engine.cache import EngineCache

    cache = EngineCache(cache_dir)
    entries = cache.entries()
    if as_json:
        listed = [{**asdict(entry), 'path': str(entry.path)} for entry in entries]
        click.echo(json.dumps({'folder': str(cache.folder), 'entries': listed}, indent=2))
        return
    for entry in entries:
        click.echo(f'{entry.path.name}  {entry.kind}  {_readable(entry.bytes)}')
        for name, value in entry.fields.items():
            click.echo(f'    {name}: {value}')
    total = _readable(sum(entry.bytes for entry in entries))
    click.echo(f'{len(entries)} kept in {cache.folder}, {total}')


@engine.command(short_help='Delete what is kept.')
@cache_dir_option
@click.option('--yes', is_flag=True, help="Don't ask.")
def clear(cache_dir: Path | None, yes: bool) -> None:
    """Delete everything that is kept; it is built again when it is needed."""
    from lpsnet_ros.engine.cache import EngineCache

    cache = EngineCache(cache_dir)
    count = len(cache.entries())
    if not yes:
        click.confirm(f'delete {count} kept in {cache.folder}?', abort=True)
    click.echo(f'deleted {cache.clear()}')


def _readable(size: int) -> str:
    kibibytes = size / KIBIBYTE
    return f'{kibibytes:.1f} KiB' if kibibytes < KIBIBYTE else f'{kibibytes / KIBIBYTE:.1f} MiB'
