"""``lpsnet demo``: the main job on one machine, each part a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import click

from lpsnet_ros.cli.options import FOLDER
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.frames import open_source
from lpsnet_ros.frames.footage import street_video
from lpsnet_ros.frames.sources import STREET
from lpsnet_ros.resources import cache_folder, data_folder

STOP_TIMEOUT_S = 10.0
LAST_FRAMES_S = 2.0
START_TIMEOUT_S = 60.0


@click.command(short_help='Camera, node and viewer together on real frames.')
@click.option(
    '--source',
    default='',
    help='A video, a picture, a folder of pictures, a camera index, or "street" '
    "(rendered). By default a street video of Debian's package opencv-doc.",
)
@click.option(
    '--output',
    type=FOLDER,
    default='demo_output',
    show_default=True,
    help='Folder for overlay pictures and overlay.mp4.',
)
@click.option(
    '--duration',
    type=click.FloatRange(1),
    default=20.0,
    show_default=True,
    help='Seconds of frames to publish.',
)
@click.option(
    '--rate',
    type=click.FloatRange(0),
    default=0.0,
    help="Frames a second; by default the source's own.",
)
@click.option('--scale', default='s', show_default=True, help='Scale or checkpoint name.')
def demo(source: str, output: Path, duration: float, rate: float, scale: str) -> None:
    """Publish frames, segment them with the real node, watch the masks; over real DDS."""
    source = source or _default_source()
    try:
        frames = open_source(source)
        find_checkpoint(scale)
    except (OSError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    click.echo(f'source: {frames.name}, {rate or frames.rate_hz:g} Hz, for {duration:g} s')
    with ExitStack() as running:
        node = running.enter_context(_Process('lpsnet_node', scale=scale))
        viewer = running.enter_context(_Viewer(output))
        camera = running.enter_context(
            _Process(
                'replay_camera',
                source=source,
                rate_hz=rate,
                duration_s=duration,
                wait_for_subscribers=1,
            )
        )
        _wait_for(camera, node, viewer, START_TIMEOUT_S + duration)
        time.sleep(LAST_FRAMES_S)
        code = viewer.stop()
    if code or node.returncode or camera.returncode:
        raise click.ClickException(
            f'a process failed: viewer {code}, node {node.returncode}, camera {camera.returncode}'
        )


def _default_source() -> str:
    click.echo('looking for real street footage (package opencv-doc, 96 MB, fetched once) ...')
    try:
        return str(street_video(cache_folder()))
    except RuntimeError as error:
        click.echo(
            f'no real footage here ({error}): using a rendered street. '
            'SOURCE=video_or_folder shows your own'
        )
        return STREET


class _Process:
    """A program of ours in a process of its own; stopped with SIGINT at the end of a ``with``."""

    def __init__(self, program: str, **parameters: object) -> None:
        assignments = [f'{name}:={_yaml(value)}' for name, value in parameters.items()]
        module = f'lpsnet_ros.nodes.{program}'
        arguments = [word for pair in assignments for word in ('-p', pair)]
        self._command = [sys.executable, '-m', module, '--ros-args', *arguments]

    def __enter__(self) -> _Process:
        self._popen = subprocess.Popen(self._command, env=_environment())
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def returncode(self) -> int | None:
        return self._popen.poll()

    def stop(self) -> int:
        """Interrupt the process where it runs, kill it where it does not end; its exit code."""
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGINT)
        try:
            return self._popen.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            return self._popen.wait()


class _Viewer(_Process):
    """``lpsnet view`` as a process."""

    def __init__(self, output: Path) -> None:
        arguments = ['view', '--output', str(output)]
        self._command = [sys.executable, '-m', 'lpsnet_ros.cli.main', *arguments]


def _yaml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _environment() -> dict[str, str]:
    profile = data_folder('config') / 'fastdds_large_images.xml'
    defaults = {
        'FASTRTPS_DEFAULT_PROFILES_FILE': str(profile),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
    }
    return {**defaults, **os.environ}


def _wait_for(camera: _Process, node: _Process, viewer: _Process, limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    try:
        while camera.returncode is None and node.returncode is None is viewer.returncode:
            if time.monotonic() > deadline:
                raise click.ClickException('the camera did not end: no node subscribed to it?')
            time.sleep(0.1)
    except KeyboardInterrupt:
        click.echo('interrupted')
