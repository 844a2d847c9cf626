"""The entry point of the ``lpsnet`` command."""

from __future__ import annotations

import click

import lpsnet_ros
from lpsnet_ros.cli.benchmark import benchmark
from lpsnet_ros.cli.data import data
from lpsnet_ros.cli.demo import demo
from lpsnet_ros.cli.doctor import doctor
from lpsnet_ros.cli.engine import engine
from lpsnet_ros.cli.evaluate import evaluate
from lpsnet_ros.cli.expand import expand
from lpsnet_ros.cli.latency_table import latency_table
from lpsnet_ros.cli.models import models
from lpsnet_ros.cli.segment import segment
from lpsnet_ros.cli.train import train
from lpsnet_ros.cli.view import view
from lpsnet_ros.engine.backends.base import PreparationError


class _ReportingGroup(click.Group):
    """Shows an expected error as one line that names the fix, not as a traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (OSError, ValueError, PreparationError) as error:
            raise click.ClickException(str(error)) from error
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f'{error}: this command needs more than the core; '
                'pip install "lpsnet_ros[ros,train]", or ROS 2 from apt for rclpy'
            ) from error


@click.group(
    cls=_ReportingGroup,
    context_settings={'help_option_names': ['-h', '--help'], 'max_content_width': 99},
)
@click.version_option(lpsnet_ros.__version__)
def main() -> None:
    """Real-time semantic segmentation with LPS-Net."""


for command in (
    benchmark,
    data,
    demo,
    doctor,
    engine,
    evaluate,
    expand,
    latency_table,
    models,
    segment,
    train,
    view,
):
    main.add_command(command)

if __name__ == '__main__':
    main()
