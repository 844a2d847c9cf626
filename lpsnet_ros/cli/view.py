"""``lpsnet view``."""

from __future__ import annotations

from pathlib import Path

import click

from lpsnet_ros.cli.options import FOLDER


@click.command(short_help='Watch a running node; record its overlays.')
@click.option(
    '--node',
    'target',
    default='/lpsnet',
    show_default=True,
    help='Full name of the segmentation node.',
)
@click.option(
    '--camera',
    default='',
    help='Name of one of its cameras, where it has several; by default the only one.',
)
@click.option(
    '--output',
    type=FOLDER,
    help='Folder for overlay pictures and overlay.mp4; without it none are asked for.',
)
@click.option(
    '--sim-time',
    is_flag=True,
    help='Take the time from /clock, where the node has use_sim_time.',
)
def view(target: str, camera: str, output: Path | None, sim_time: bool) -> None:
    """Print rate, latency and drops of a running node every second, until interrupted.

    Ends with a summary on Ctrl-C.
    """
    from lpsnet_ros.nodes.process import run_node
    from lpsnet_ros.nodes.viewer import Viewer

    viewer: list[Viewer] = []
    run_node(lambda: viewer.append(Viewer(target, camera, output, sim_time=sim_time)) or viewer[0])
    click.echo(viewer[0].summary())
