"""Declaring the settings as ROS parameters and reading them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import Field

from rcl_interfaces.msg import (
    FloatingPointRange,
    ParameterDescriptor,
    ParameterType,
    SetParametersResult,
)
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.nodes.settings import SETTINGS, Settings

_TYPES = {
    bool: ParameterType.PARAMETER_BOOL,
    float: ParameterType.PARAMETER_DOUBLE,
    str: ParameterType.PARAMETER_STRING,
}


def declare_settings(node: Node) -> list[str]:
    """Declare every setting.

    An override of the wrong type or range (``9`` for a double in YAML, say) would end the node;
    instead the default is declared and the reason returned, so that configuring can refuse.

    Returns:
        What is wrong with overrides, one sentence each; empty where all is well.

    """
    problems = []
    for name, field in SETTINGS.items():
        descriptor = _descriptor(field)
        try:
            node.declare_parameter(name, field.default, descriptor)
        except (InvalidParameterTypeException, InvalidParameterValueException) as error:
            node.declare_parameter(name, field.default, descriptor, ignore_override=True)
            problems.append(f'parameter {name}: {error}{_type_hint(field)}')
    return problems


def read_settings(node: Node) -> Settings:
    """Return the current values.

    Raises:
        ValueError: a value is not allowed; says what is.

    """
    return Settings().changed({name: node.get_parameter(name).value for name in SETTINGS})


def validate(settings: Settings, parameters: Sequence[Parameter]) -> SetParametersResult:
    """Answer a request to set parameters, without side effects; others' names pass."""
    try:
        wanted = settings.changed({p.name: p.value for p in parameters if p.name in SETTINGS})
        if wanted.scale != settings.scale:
            find_checkpoint(wanted.scale, wanted.models_folder)
    except (OSError, ValueError) as error:
        return SetParametersResult(successful=False, reason=str(error))
    return SetParametersResult(successful=True)


def _descriptor(field: Field) -> ParameterDescriptor:
    choices = field.metadata['choices']
    descriptor = ParameterDescriptor(
        name=field.name,
        type=_TYPES[type(field.default)],
        description=field.metadata['description'],
        read_only=not field.metadata['live'],
        additional_constraints=f'one of {", ".join(choices)}' if choices else '',
    )
    if field.metadata['within']:
        low, high = field.metadata['within']
        descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    return descriptor


def _type_hint(field: Field) -> str:
    if isinstance(field.default, float):
        return '. In YAML write a double with its point: 9.0, not 9'
    return ''
