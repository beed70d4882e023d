"""Declare a table of settings as read-only parameters and read the values given to them."""
from typing import TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node

from smartcam_bridge.errors import SettingsError
from smartcam_bridge.settings import Spec, specs_of

Table = TypeVar('Table')


def read_parameters(node: Node, table: type[Table]) -> Table:
    """Return `table` filled with the node's parameters; raise SettingsError with all problems."""
    values, problems = {}, []
    for spec in specs_of(table):
        default = list(spec.default) if spec.type is tuple else spec.default
        try:
            value = node.declare_parameter(spec.name, default, _descriptor(spec)).value
        except (InvalidParameterTypeException, InvalidParameterValueException) as error:
            problems.append(f'{error} ({spec.name}: {spec.allowed})')
            continue
        value = tuple(value) if spec.type is tuple else value
        value = float(value) if spec.type is float and type(value) is int else value
        values[spec.name] = value
        if problem := spec.problem(value):
            problems.append(problem)
    if problems:
        raise SettingsError(problems)
    return table(**values)


def _descriptor(spec: Spec) -> ParameterDescriptor:
    unit = f' [{spec.unit}]' if spec.unit else ''
    descriptor = ParameterDescriptor(
        name=spec.name, description=spec.help + unit, read_only=True,
        additional_constraints=', '.join(spec.choices), dynamic_typing=spec.type is float)
    if spec.minimum is not None and spec.type is int:
        descriptor.integer_range = [
            IntegerRange(from_value=int(spec.minimum), to_value=int(spec.maximum))]
    elif spec.minimum is not None:
        descriptor.floating_point_range = [
            FloatingPointRange(from_value=float(spec.minimum), to_value=float(spec.maximum))]
    return descriptor
