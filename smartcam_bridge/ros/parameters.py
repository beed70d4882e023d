"""The settings table as ROS parameters."""
from collections.abc import Callable, Iterable
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult)
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.parameter import Parameter
from smartcam_bridge.errors import SettingsError
from smartcam_bridge.settings import Settings, SPECS
from smartcam_bridge.specs import Spec, Value

ACTUAL_PORT = 'actual_port'


def declare(node: Node, specs: Iterable[Spec],
            contradictions: Callable[[dict[str, Value]], list[str]] = lambda values: [],
            ) -> dict[str, Value]:
    """Declare every setting and return their values; raises SettingsError with all problems.

    contradictions: names what is wrong between the values that are right each for itself.
    """
    values: dict[str, Value] = {}
    problems: list[str] = []
    for spec in specs:
        try:
            node.declare_parameter(spec.name, _to_ros(spec.default), descriptor(spec))
        except ParameterException:
            problems.append(f'{spec.name}: the value given is not accepted '
                            f'({spec.kind}, {spec.allowed})')
            continue
        value = spec.widened(_from_ros(node.get_parameter(spec.name).value))
        if problem := spec.problem(value):
            problems.append(problem)
        else:
            values[spec.name] = value
    if problems := problems + contradictions(values):
        raise SettingsError(problems)
    return values


def accept_changes(node: Node, current: Callable[[], Settings],
                   apply: Callable[[Settings], None], port: Callable[[], int]) -> None:
    """Let `ros2 param set` change live settings, all of a call or none.

    Declares `actual_port` too, which says what `port` does (0 while nothing is served) and takes
    no other value: rclpy's own read-only parameters could not even be changed by the node.
    """
    names = {spec.name for spec in SPECS}

    def change(parameters: list[Parameter]) -> SetParametersResult:
        values = {parameter.name: _from_ros(parameter.value) for parameter in parameters
                  if parameter.name in names}
        if any(parameter.name == ACTUAL_PORT and parameter.value != port()
               for parameter in parameters):
            return SetParametersResult(
                successful=False, reason=f'{ACTUAL_PORT}: is read-only; set http_port at start')
        try:
            if values:
                apply(current().changed(values))
        except SettingsError as error:
            return SetParametersResult(successful=False, reason='; '.join(error.problems))
        return SetParametersResult(successful=True)

    node.declare_parameter(ACTUAL_PORT, 0, ParameterDescriptor(
        description='The port that the web server listens on, 0 while it does not.',
        additional_constraints='read-only'))
    node.add_on_set_parameters_callback(change)


def publish_port(node: Node, port: int) -> None:
    """Bring `actual_port` up to date."""
    node.set_parameters([Parameter(ACTUAL_PORT, Parameter.Type.INTEGER, port)])


def descriptor(spec: Spec) -> ParameterDescriptor:
    """Return what `ros2 param describe` shows of a setting.

    Types of numbers and texts are dynamic so that a whole number is taken too (`2` for `2.0`).
    """
    result = ParameterDescriptor(
        description=spec.help + (f' [{spec.unit}]' if spec.unit else ''),
        additional_constraints=f'{spec.allowed}; {"live" if spec.live else "set at start"}',
        dynamic_typing=spec.type in (float, str), read_only=not spec.live)
    if spec.minimum is not None and spec.type is int:
        result.integer_range = [IntegerRange(
            from_value=int(spec.minimum), to_value=int(spec.maximum), step=0)]
    elif spec.minimum is not None:
        result.floating_point_range = [FloatingPointRange(
            from_value=float(spec.minimum), to_value=float(spec.maximum), step=0.0)]
    return result


def _to_ros(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _from_ros(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, tuple)) else value
