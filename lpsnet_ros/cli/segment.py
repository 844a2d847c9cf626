"""``lpsnet segment``."""

from __future__ import annotations

from pathlib import Path

import click

from lpsnet_ros.cli.options import FOLDER, model_option, resolution_option


@click.command(short_help='Segment pictures or a video without ROS.')
@click.argument('source')
@click.option(
    '--output',
    type=FOLDER,
    required=True,
    help='Folder for the results.',
)
@model_option
@resolution_option
@click.option(
    '--alpha',
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help='Share of the class colours in the overlay.',
)
@click.option('--masks', is_flag=True, help='Write class ids (PNG) as well.')
@click.option(
    '--legend/--no-legend',
    default=True,
    show_default=True,
    help='Name the colours below each overlay.',
)
@click.option(
    '--every',
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help='Take every so many frames.',
)
def segment(
    source: str,
    output: Path,
    model: str,
    resolution: float | None,
    alpha: float,
    masks: bool,
    legend: bool,
    every: int,
) -> None:
    """Write overlays of SOURCE: a video, a picture, a folder of pictures, or "street"."""
    import itertools

    from tqdm import tqdm

    from lpsnet_ros.engine import Engine
    from lpsnet_ros.engine.overlay import (
        bgr_palette,
        draw_legend,
        draw_overlay,
        write_picture,
    )
    from lpsnet_ros.frames import open_source

    frames = open_source(source).frames()
    output.mkdir(parents=True, exist_ok=True)
    engine: Engine | None = None
    chosen = itertools.islice(frames, 0, None, every)
    for index, frame in enumerate(tqdm(chosen, desc='segment', unit='frame')):
        if engine is None or engine.size != frame.shape[:2]:
            engine = Engine.load(model, frame.shape[:2], resolution=resolution)
        mask = engine(frame)
        overlay = draw_overlay(frame, mask, bgr_palette(engine.classes), alpha)
        if legend:
            overlay = draw_legend(overlay, engine.classes)
        write_picture(output / f'{index:05d}_overlay.jpg', overlay)
        if masks:
            write_picture(output / f'{index:05d}_mask.png', mask)
    if engine is None:
        raise ValueError(f'{source} has no frames')
