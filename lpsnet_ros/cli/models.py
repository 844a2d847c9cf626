"""``lpsnet models [average | card | convert | plot]``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from lpsnet_ros.cli.options import (
    FILE,
    FRAME_SIZE,
    backend_option,
    cache_dir_option,
    precision_option,
    source_option,
)
from lpsnet_ros.network import CITYSCAPES, SCALES


@click.group(invoke_without_command=True, short_help='List models; write their cards and plot.')
@click.option(
    '--models-dir',
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of checkpoints; the package's own by default.",
)
@click.option('--json', 'as_json', is_flag=True, help='Print JSON instead of a table.')
@click.pass_context
def models(context: click.Context, models_dir: Path | None, as_json: bool) -> None:
    """List the models of a folder: names, size, work, data, recorded scores, licence.

    G are billions of multiply-adds on a frame of the size that the model was trained on.
    """
    from lpsnet_ros.engine.zoo import list_models
    from lpsnet_ros.engine.zoo.index import listing
    from lpsnet_ros.resources import data_folder

    context.obj = models_dir or data_folder('models')
    if context.invoked_subcommand:
        return
    entries, problems = list_models(context.obj)
    if as_json:
        values = [{**e.to_dict(), 'path': str(e.path)} for e in entries]
        click.echo(json.dumps({'folder': str(context.obj), 'models': values}, indent=2))
    else:
        click.echo(listing(entries) if entries else f'no models in {context.obj}')
    for problem in problems.values():
        click.echo(f'WARNING: {problem}', err=True)


@models.command(short_help='Print or write the facts of model cards.')
@click.argument('names', nargs=-1, metavar='[NAME]...')
@click.option('--write', is_flag=True, help="Write them into the cards and the folder's index.")
@click.pass_obj
def card(folder: Path, names: tuple[str, ...], write: bool) -> None:
    """Print what metadata and kept results say of these models, of all where none is named.

    With --write they replace what stands between the marks in NAME.md, and the table in README.md
    is written anew. A card that is absent is begun: say in it how the model was made.
    """
    from lpsnet_ros.engine.zoo import card as cards
    from lpsnet_ros.engine.zoo import find_checkpoint, list_models, read_entry
    from lpsnet_ros.engine.zoo.index import index, index_file

    entries = list_models(folder).entries
    chosen = [read_entry(find_checkpoint(name, folder)) for name in names] or entries
    if not write:
        click.echo('\n\n'.join(cards.facts(entry) for entry in chosen))
        return
    pages = {cards.card_file(entry): cards.card(entry) for entry in chosen}
    pages[index_file(folder)] = index(entries, folder)
    for file, text in pages.items():
        file.write_text(text)
        click.echo(f'wrote {file}')


@models.command(short_help='Make a checkpoint of official weights.')
@click.argument('weights', type=FILE)
@click.option('--scale', type=click.Choice(list(SCALES)), required=True, help='What they are of.')
@click.option(
    '--classes',
    type=click.IntRange(2, 255),
    default=len(CITYSCAPES),
    show_default=True,
    help='How many outputs they have.',
)
@click.option('--dataset', default='', help='What they were trained on, for people.')
@click.option('--licence', default='', help='Of the weights, for people.')
@click.option('--output', type=click.Path(dir_okay=False, path_type=Path), required=True)
def convert(
    weights: Path, scale: str, classes: int, dataset: str, licence: str, output: Path
) -> None:
    """Write WEIGHTS, a state dict of the official release (*.pth), as a checkpoint of ours.

    OUTPUT ends in .safetensors; as lpsnet_SCALE_NAME.safetensors in the node's models_dir, its
    scale means it. It is in deployed form: to train on, give WEIGHTS to lpsnet train --weights.
    """
    import torch

    from lpsnet_ros.network import load_checkpoint, save_checkpoint

    network = load_checkpoint(weights, scale=scale, num_classes=classes).folded()
    network.info = replace(network.info, dataset=dataset, licence=licence)
    click.echo(f'wrote {save_checkpoint(network, output, torch.float16)}')


@models.command(short_help='Average the weights of several training runs.')
@click.argument('names', nargs=-1, required=True, metavar='MODEL...')
@click.option('--output', type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.pass_obj
def average(folder: Path, names: tuple[str, ...], output: Path) -> None:
    """Write the average of MODELs (names or paths) that were trained on from the same weights.

    Runs that differ in their seed or augmentation average to a network as fast as one and often
    better than each. All are folded, as deployed.safetensors, or none is, as network.safetensors.
    """
    import torch

    from lpsnet_ros.engine.zoo import find_checkpoint
    from lpsnet_ros.network import averaged, load_checkpoint, save_checkpoint

    network = averaged([load_checkpoint(find_checkpoint(name, folder)) for name in names])
    dtype = torch.float16 if network.is_folded else torch.float32
    click.echo(f'wrote {save_checkpoint(network, output, dtype)}')


@models.command(short_help='Time all models and draw accuracy over latency.')
@click.option(
    '--evaluation', metavar='NAME', help='Whose mIoU is drawn; may be left out if there is one.'
)
@click.option(
    '--size', type=FRAME_SIZE, help='Of the frames; by default that of the training frames.'
)
@click.option('--rounds', type=click.IntRange(1), default=50, show_default=True)
@source_option
@click.option('--frames', type=click.IntRange(1), default=4, show_default=True, help='How many.')
@backend_option
@precision_option
@cache_dir_option
@click.option('--redraw', is_flag=True, help='Only draw, from the times that are kept.')
@click.pass_obj
def plot(
    folder: Path,
    evaluation: str | None,
    size: tuple[int, int] | None,
    rounds: int,
    source: str,
    frames: int,
    backend: str,
    precision: str,
    cache_dir: Path | None,
    redraw: bool,
) -> None:
    """Time every model of the folder in one run, keep the times and draw mIoU over them.

    In each round every model segments the same frame, in a new order: what disturbs the machine
    disturbs all. Times are kept in results/latency_BACKEND_PRECISION.json, so that those of
    several machines make one picture: results/accuracy_over_latency.svg.
    """
    from lpsnet_ros.engine.benchmark.plot import check_installed
    from lpsnet_ros.engine.zoo import latency, list_models, results
    from lpsnet_ros.engine.zoo.plot import choose_evaluation, draw, plot_file
    from lpsnet_ros.frames.sample import sample_frames

    check_installed()
    entries = list_models(folder).entries
    chosen = choose_evaluation(entries, evaluation)
    if not redraw:
        pictures = sample_frames(source, size or latency.common_training_size(entries), frames)
        options = {'backend': backend, 'precision': precision, 'cache_dir': cache_dir}
        times = latency.measure(entries, pictures, rounds, **options, progress=_bar)
        file = results.latency_file(folder, times['backend'], times['precision'])
        results.write_result(file, {**times, 'source': source})
        click.echo(f'wrote {file}')
    kept = results.read_latencies(folder)
    if not kept:
        raise ValueError(f'no times are kept in {folder / results.FOLDER}: leave --redraw out')
    draw(plot_file(folder), entries, chosen, kept)
    click.echo(f'wrote {plot_file(folder)}')


def _bar(rounds: Iterable[int]) -> Iterable[int]:
    from tqdm import tqdm

    return tqdm(rounds, desc='models', unit='round')
