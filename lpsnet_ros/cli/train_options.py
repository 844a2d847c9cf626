"""The options of ``lpsnet train`` that say what is trained, how, and on what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from lpsnet_ros.cli.options import SEED, CommaList
from lpsnet_ros.network import SCALES
from lpsnet_ros.network.architecture import OUTPUT_STRIDES
from lpsnet_ros.training.recipe import LOSSES, OPTIMIZERS, POLICIES, RECIPES, STRATEGIES

Decorator = Callable[[Callable], Callable]
FRACTION = click.FloatRange(0, 1)
POSITIVE = click.FloatRange(0, min_open=True)


def together(*options: Decorator) -> Decorator:
    """Make one decorator of several options, shown in their order."""

    def decorate(command: Callable) -> Callable:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def require_teacher(teacher: str | None, values: Mapping[str, Any]) -> None:
    """Refuse options of the teacher's loss where there is no teacher.

    Args:
        teacher: the value of ``--teacher``.
        values: of ``recipe_options``.

    Raises:
        UsageError: one of them is given.

    """
    if teacher is None and (values['distillation'], values['temperature']) != (None, None):
        raise click.UsageError('--distillation and --temperature need a --teacher')


network_options = together(
    click.option(
        '--scale',
        'model',
        help=f'Network to train: {", ".join(SCALES)}, or a checkpoint (name or path) whose '
        'architecture is taken, not its weights. s by default.',
    ),
    click.option('--depth', type=CommaList(click.INT), help='Blocks of the five stages.'),
    click.option('--width', type=CommaList(click.INT), help='Channels of the five stages.'),
    click.option('--resolution', type=CommaList(click.FLOAT), help='Input ratio of each path.'),
    click.option(
        '--identity/--no-identity',
        default=None,
        help='Train a new network with identity branches (the default), which folding removes.',
    ),
    click.option(
        '--aligned/--no-aligned',
        default=None,
        help="Round the sizes of the paths' inputs so that masks do not shift. A new network "
        'is aligned by default, weights stay as they were trained.',
    ),
    click.option(
        '--output-stride',
        type=click.Choice(OUTPUT_STRIDES),
        help="Pixels of the first path for each of the logits. The paper's 16 misses thin things; "
        'weights of 16 may be refined.',
    ),
    click.option(
        '--weights',
        metavar='MODEL',
        help='Start from this checkpoint (name or path; folded or not, or official *.pth) instead '
        'of random weights. It may have other classes: those of the same name are kept. Beside '
        'a larger network, it grows to that.',
    ),
    click.option(
        '--teacher', metavar='MODEL', help='Imitate this checkpoint (name or path) as well.'
    ),
)

run_options = together(
    click.option(
        '--output',
        type=click.Path(path_type=Path),
        help='Folder of the run, needed but for --profile. A run that was stopped there is '
        'resumed.',
    ),
    click.option(
        '--seed',
        type=SEED,
        default=0,
        show_default=True,
        help='Of the first weights and of all samples.',
    ),
    click.option(
        '--workers',
        type=click.IntRange(0),
        default=1,
        show_default=True,
        help='Processes that prepare samples, on each device.',
    ),
    click.option(
        '--validate-every',
        type=click.IntRange(1),
        default=10,
        show_default=True,
        help='Epochs between two validations of what --holdout keeps out.',
    ),
    click.option(
        '--profile',
        is_flag=True,
        help='Train nothing: time steps with the loader and on one batch repeated.',
    ),
)

recipe_options = together(
    click.option(
        '--recipe',
        type=click.Choice(list(RECIPES)),
        default='small',
        show_default=True,
        help='What the options below are by default: for few frames and a small network; for few '
        'frames and S or larger; or as the paper.',
    ),
    click.option('--epochs', type=click.IntRange(1), help='Passes over the frames.'),
    click.option('--batch-size', type=click.IntRange(2), help='Samples a step on each device.'),
    click.option('--learning-rate', type=POSITIVE, help='Peak, or start, of the policy.'),
    click.option('--weight-decay', type=click.FloatRange(0), help="The optimiser's."),
    click.option('--optimizer', type=click.Choice(OPTIMIZERS)),
    click.option('--policy', type=click.Choice(POLICIES), help='Learning rate over the steps.'),
    click.option('--clip', type=click.FloatRange(0), help='Largest gradient norm; 0: any.'),
    click.option(
        '--ema',
        type=click.FloatRange(0, 1, max_open=True),
        help='Decay of averaged weights, which are validated and written; 0: none.',
    ),
    click.option('--loss', type=click.Choice(LOSSES), help='Over all pixels, or the hardest.'),
    click.option(
        '--class-weights/--no-class-weights', default=None, help='Weigh rare classes up.'
    ),
    click.option(
        '--jaccard',
        type=click.FloatRange(0),
        help='Weight of the loss of IoU beside that of the pixels; 0: none.',
    ),
    click.option(
        '--auxiliary',
        type=click.FloatRange(0),
        help='Weight of the loss of each head inside the network, which only training has; 0: '
        'none.',
    ),
    click.option(
        '--balanced', type=FRACTION, help='Share of the samples that are drawn class by class.'
    ),
    click.option(
        '--copy-paste', type=FRACTION, help="Chance of pasting another sample's rare classes in."
    ),
    click.option('--crop', type=click.IntRange(32), nargs=2, metavar='HEIGHT WIDTH'),
    click.option(
        '--zoom',
        type=POSITIVE,
        nargs=2,
        metavar='MIN MAX',
        help='Range of the random enlargement.',
    ),
    click.option(
        '--jitter', type=click.FloatRange(0, 1, max_open=True), help='Strength of colour changes.'
    ),
    click.option('--distillation', type=click.FloatRange(0), help="Weight of the teacher's loss."),
    click.option('--temperature', type=POSITIVE, help="Of the teacher's loss."),
)

hardware_options = together(
    click.option(
        '--devices',
        type=click.IntRange(1),
        default=1,
        show_default=True,
        help='GPUs, or processes where there is none.',
    ),
    click.option(
        '--strategy',
        type=click.Choice(STRATEGIES),
        default=STRATEGIES[0],
        show_default=True,
        help="How several devices share the work, by Lightning's name.",
    ),
    click.option(
        '--precision',
        type=click.Choice(['32', '16-mixed', 'bf16-mixed']),
        default='32',
        show_default=True,
    ),
)
