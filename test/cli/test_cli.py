"""What all commands have in common."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import lpsnet_ros
from lpsnet_ros.cli.main import main


def test_help_lists_every_command() -> None:
    result = CliRunner().invoke(main, ['--help'])
    assert result.exit_code == 0
    for name, command in main.commands.items():
        assert f'  {name} ' in result.output
        assert command.short_help in result.output


@pytest.mark.parametrize('name', sorted(main.commands))
def test_help_of_a_command_says_what_it_does_and_with_which_options(name: str) -> None:
    command = main.commands[name]
    result = CliRunner().invoke(main, [name, '-h'])
    assert result.exit_code == 0
    assert inspect.getdoc(command.callback).splitlines()[0] in ' '.join(result.output.split())
    for parameter in command.params:
        shown = parameter.human_readable_name if parameter.param_type_name == 'argument' else None
        assert (shown or parameter.opts[0]) in result.output


def test_version_is_the_packages() -> None:
    result = CliRunner().invoke(main, ['--version'])
    assert result.output.strip().endswith(lpsnet_ros.__version__)


def test_unknown_command_is_an_error() -> None:
    result = CliRunner().invoke(main, ['segmnt'])
    assert result.exit_code == 2
    assert "No such command 'segmnt'" in result.output


def test_expected_error_is_one_line_on_stderr(tmp_path: Path) -> None:
    absent = str(tmp_path / 'absent.mp4')
    command = [sys.executable, '-m', 'lpsnet_ros.cli.main', 'segment', absent, '--output', '.']
    folder = Path(lpsnet_ros.__file__).parent.parent
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ''
    assert done.stderr.splitlines() == [
        f"Error: no source '{absent}': give a video, a picture, a folder of pictures, "
        "a camera index or 'street'"
    ]
