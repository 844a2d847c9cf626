"""``lpsnet expand``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lpsnet_ros.cli.options import (
    FILE,
    FOLDER,
    FRAME_SIZE,
    RESOLUTION,
    SEED,
    data_options,
    open_data,
    source_option,
    split_option,
)
from lpsnet_ros.cli.train_options import recipe_options, require_teacher
from lpsnet_ros.network import SCALES
from lpsnet_ros.training.expansion.executor import EXECUTORS, LOCAL
from lpsnet_ros.training.expansion.latency import ROUNDS
from lpsnet_ros.training.expansion.moves import Limits
from lpsnet_ros.training.recipe import RECIPES, flat, overridden

LIMITS = Limits()
LATENCY = ('table', 'estimate', 'size', 'resolution', 'backend', 'precision', 'rounds', 'source')
# What a run must be resumed with, beside its frames, its start, its recipe and its device.
FIXED = (
    'target_ms',
    'candidate_epochs',
    'from_scratch',
    'training_precision',
    'max_depth',
    'max_width',
    'max_resolution',
    'seed',
)


@click.command(short_help='Grow a network for the device that it will run on.')
@data_options
@split_option('Split to use', 'train')
@click.option(
    '--holdout',
    multiple=True,
    required=True,
    metavar='DRIVE',
    help='Score candidates on the frames whose names start so, and train on the others; '
    'may be given several times.',
)
@click.option(
    '--start',
    default='tiny',
    show_default=True,
    help=f'First network: {", ".join(SCALES)}, which is trained first, or a '
    'trained checkpoint (name or path).',
)
@click.option('--steps', type=click.IntRange(1), help='Grow by so many steps.')
@click.option(
    '--hours',
    type=click.FloatRange(0, min_open=True),
    help='Begin no candidate after so many hours of work, over all starts of the run.',
)
@click.option(
    '--target-ms',
    type=click.FloatRange(0, min_open=True),
    help='Grow up to this latency, and no further.',
)
@click.option('--size', type=FRAME_SIZE, help='Frame size to measure latencies with.')
@click.option(
    '--resolution',
    type=RESOLUTION,
    help='Ratio of the frame that the network sees; by default as large as in training.',
)
@click.option('--backend', help="The engine's; by default the best that works here.")
@click.option('--precision', help='What it computes in; by default what is best for it.')
@click.option(
    '--rounds',
    type=click.IntRange(1),
    default=ROUNDS,
    show_default=True,
    help='Timings of each candidate.',
)
@source_option
@click.option(
    '--latency-table',
    'table',
    type=FILE,
    help='Take latencies from this file of lpsnet latency-table instead of measuring here.',
)
@click.option('--estimate', is_flag=True, help='Estimate the latencies that the table lacks.')
@recipe_options
@click.option('--teacher', metavar='MODEL', help='Imitate this checkpoint (name or path) as well.')
@click.option(
    '--candidate-epochs',
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help='Passes over the frames of a candidate, which goes on where its parent ended; --epochs '
    "are the first network's.",
)
@click.option(
    '--from-scratch',
    is_flag=True,
    help='Train every candidate from random weights for --epochs, as in the paper.',
)
@click.option(
    '--training-precision',
    type=click.Choice(['32', '16-mixed', 'bf16-mixed']),
    default='32',
    show_default=True,
)
@click.option(
    '--max-depth',
    type=click.IntRange(1),
    default=LIMITS.depth,
    show_default=True,
    help='Most blocks of a stage.',
)
@click.option(
    '--max-width',
    type=click.IntRange(1),
    default=LIMITS.width,
    show_default=True,
    help='Most channels of a stage.',
)
@click.option(
    '--max-resolution',
    type=click.FloatRange(0, 4, min_open=True),
    default=LIMITS.resolution,
    show_default=True,
    help='Largest ratio of a path.',
)
@click.option(
    '--compare',
    multiple=True,
    metavar='MODEL',
    help='Measure and score this one too, for the plot; may be given several times. It must not '
    'have been trained on the held-out frames.',
)
@click.option('--seed', type=SEED, default=0, show_default=True, help='Of everything random.')
@click.option(
    '--workers',
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help='Processes that prepare samples.',
)
@click.option(
    '--executor',
    type=click.Choice(EXECUTORS),
    default=LOCAL,
    show_default=True,
    help='Train candidates one after the other here, or side by side through Ray.',
)
@click.option(
    '--output',
    type=FOLDER,
    required=True,
    help='Folder of the run. A run that was stopped there goes on.',
)
@click.pass_context
def expand(
    context: click.Context,
    /,
    data: Path,
    dataset: str,
    splits: tuple[str, ...],
    holdout: tuple[str, ...],
    start: str,
    steps: int | None,
    hours: float | None,
    target_ms: float | None,
    recipe: str,
    teacher: str | None,
    candidate_epochs: int,
    from_scratch: bool,
    training_precision: str,
    max_depth: int,
    max_width: int,
    max_resolution: float,
    compare: tuple[str, ...],
    seed: int,
    workers: int,
    executor: str,
    output: Path,
    **values: Any,
) -> None:
    """Grow a network step by step along the best gain in mIoU for each ms, measured here.

    Each step tries the ten moves of the paper (deeper, wider, higher resolution), each repeated to
    the same latency, trains what they lead to and keeps the best. OUTPUT/report.md tells about
    it; OUTPUT/models holds the networks as grown_0, grown_1, ...

    Interrupt it as you like: the same command goes on with the candidate that it was at. Give more
    --steps or --hours to grow on.
    """
    from lpsnet_ros.cli import expand_setup as setup
    from lpsnet_ros.cli.expand_progress import Watch, follow
    from lpsnet_ros.engine.zoo import find_checkpoint
    from lpsnet_ros.network import load_checkpoint
    from lpsnet_ros.training.expansion import plot
    from lpsnet_ros.training.expansion.executor import check_executor
    from lpsnet_ros.training.expansion.journal import Journal, begin
    from lpsnet_ros.training.expansion.plan import Plan
    from lpsnet_ros.training.expansion.run import JOURNAL_FILE, Budget, run_expansion
    from lpsnet_ros.training.expansion.search import Rules
    from lpsnet_ros.training.trainer import Hardware

    if steps is None and hours is None and target_ms is None:
        raise click.UsageError('say how far to grow: --steps, --hours or --target-ms')
    require_teacher(teacher, values)
    check_executor(executor)
    plot.check_installed()
    training, validation = open_data(dataset, data, splits).split_by_drive(holdout)
    if not training:
        raise ValueError('every frame is held out: nothing is left to train on')
    first, first_text = setup.open_start(start, compare, training, from_scratch)
    latency_options = setup.LatencyOptions(**{name: values.pop(name) for name in LATENCY})
    source, device = setup.latency_source(latency_options, first, training)
    for warning in setup.warnings(training, device):
        click.echo(f'WARNING: {warning}', err=True)
    plan = Plan(
        training,
        validation,
        overridden(RECIPES[recipe], **values),
        candidate_epochs,
        from_scratch,
        seed,
        workers,
        Hardware(precision=training_precision),
        None if teacher is None else find_checkpoint(teacher),
        executor,
    )
    rules = Rules(Limits(max_depth, max_width, max_resolution), target_ms)
    frames = setup.describe_frames(training, validation)
    fixed = {
        **flat(plan.recipe),
        **{name.replace('_', '-'): context.params[name] for name in FIXED},
        **{'data': frames, 'start': first_text, 'latencies': str(device)},
        'teacher': None
        if plan.teacher is None
        else setup.describe_weights(load_checkpoint(plan.teacher)),
    }
    page = setup.page_context(frames, holdout, device, latency_options.table)
    output.mkdir(parents=True, exist_ok=True)
    with Journal(output / JOURNAL_FILE) as journal:
        begin(journal, fixed)
        with Watch(steps) as watch:
            found = run_expansion(
                output, journal, first, plan, source, rules, Budget(steps, hours), watch
            )
            follow(found, watch, output, page)
