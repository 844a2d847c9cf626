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
from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterUninitializedException,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from lpsnet_ros.engine.backends import AUTO
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.nodes.residents import resident_scales
from lpsnet_ros.nodes.settings import NO_NAMES, SETTINGS, Settings

CLASS_NAMES = 'class_names'
_TYPES = {
    bool: ParameterType.PARAMETER_BOOL,
    float: ParameterType.PARAMETER_DOUBLE,
    str: ParameterType.PARAMETER_STRING,
    tuple: ParameterType.PARAMETER_STRING_ARRAY,
}


class LiveSettings:
    """A node's settings as ROS parameters: declared, validated, read again once changed.

    An override of the wrong type or range (``9`` for a double in YAML, say) would end the node;
    instead its default holds and the reason is kept, so that configuring can refuse. The other
    overrides hold as they are.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._class_names: tuple[str, ...] = NO_NAMES
        self._override_problems = {
            f.name: problem for f in SETTINGS.values() if (problem := _declare(node, f))
        }
        descriptor = ParameterDescriptor(
            type=ParameterType.PARAMETER_STRING_ARRAY,
            description='Names of the class ids 0, 1, 2, ... in the masks; told, not taken.',
        )
        node.declare_parameter(CLASS_NAMES, NO_NAMES, descriptor, ignore_override=True)
        self._current = Settings()
        self._stale = True
        node.add_on_set_parameters_callback(self._validate)

    @property
    def current(self) -> Settings:
        """The settings in force; the default of each whose override is not allowed."""
        if self._stale:
            self._stale = False
            self._current, _ = self._read()
        return self._current

    def checked(self) -> Settings:
        """Return the settings in force.

        Raises:
            ValueError: an override is not allowed and its parameter was not set since; says what
                is allowed.

        """
        settings, not_allowed = self._read()
        problems = [*self._override_problems.values(), *not_allowed]
        if problems:
            raise ValueError('; '.join(problems))
        return settings

    def tell_classes(self, names: tuple[str, ...]) -> None:
        """Set the parameter that tells the class names."""
        if names != self._class_names:
            self._class_names = names
            self._node.set_parameters([Parameter(CLASS_NAMES, value=list(names))])

    def _read(self) -> tuple[Settings, list[str]]:
        settings, problems = Settings(), []
        for name in SETTINGS:
            try:
                settings = settings.changed({name: _value(self._node, name)})
            except ValueError as error:
                problems.append(str(error))
        return settings, problems

    def _validate(self, parameters: Sequence[Parameter]) -> SetParametersResult:
        # Nothing is applied here, as the request may yet be refused, and Humble has no callback
        # after it: what depends on the settings reads them anew.
        settings, self._stale = self.current, True
        result = validate(settings, self._class_names, parameters)
        if result.successful:
            for parameter in parameters:
                self._override_problems.pop(parameter.name, None)
        return result


def validate(
    settings: Settings, class_names: tuple[str, ...], parameters: Sequence[Parameter]
) -> SetParametersResult:
    """Answer a request to set parameters, without side effects; others' names pass."""
    wanted = {p.name: _plain(p.value) for p in parameters}
    if wanted.get(CLASS_NAMES, class_names) != class_names:
        reason = f'{CLASS_NAMES} belong to the checkpoint: set scale to another one'
        return SetParametersResult(successful=False, reason=reason)
    try:
        new = settings.changed({n: v for n, v in wanted.items() if n in SETTINGS})
        if new.scale == AUTO:
            resident_scales(new)
        elif new.scale != settings.scale:
            find_checkpoint(new.checkpoint, new.models_folder)
    except (OSError, ValueError) as error:
        return SetParametersResult(successful=False, reason=str(error))
    return SetParametersResult(successful=True)


def _declare(node: Node, field: Field) -> str:
    """Declare a setting; return what is wrong with its override, empty where nothing is."""
    descriptor = _descriptor(field)
    try:
        node.declare_parameter(field.name, field.default, descriptor)
    except (InvalidParameterTypeException, InvalidParameterValueException) as error:
        node.declare_parameter(field.name, field.default, descriptor, ignore_override=True)
        again = '' if field.metadata['live'] else '; then start the node anew'
        return f'parameter {field.name}: {error}{type_hint(field.default)}{again}'
    return ''


def _value(node: Node, name: str) -> object:
    try:
        return _plain(node.get_parameter(name).value)
    except ParameterUninitializedException:
        # What rclpy makes of an empty list in a parameter file.
        return SETTINGS[name].default


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


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


def type_hint(default: object) -> str:
    """Say how a value like the default is written where YAML would take it for another type."""
    if isinstance(default, float):
        return '. In YAML write a double with its point: 9.0, not 9'
    if isinstance(default, str):
        return '. In YAML write a text of digits in quotes: "1"; in a shell: -p name:="\'1\'"'
    return ''
