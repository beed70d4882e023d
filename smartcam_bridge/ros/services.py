"""The bridge's own services: pause, backup, purge."""
from collections.abc import Callable
from concurrent.futures import Future
import dataclasses
import time
from typing import Any, TYPE_CHECKING

from smartcam_bridge.bridge import Bridge
from smartcam_bridge.domain.events import Event
from smartcam_bridge.errors import SmartcamError
from std_srvs.srv import SetBool, Trigger

if TYPE_CHECKING:
    from smartcam_bridge.ros.node import BridgeNode


class Services:
    """`~/pause`, `~/backup`, `~/purge`. Executor thread only.

    A backup or a purge may take minutes, and a service callback blocks whatever else the node
    does: so these two answer at once that the work has begun, and its end is an event,
    `backup_written`, `backup_failed`, `purge_finished` or `purge_failed`.
    """

    def __init__(self, node: 'BridgeNode', publish: Callable[[Event], None]) -> None:
        self._node = node
        self._publish = publish
        node.create_service(SetBool, '~/pause', self._pause)
        node.create_service(Trigger, '~/backup', self._backup)
        node.create_service(Trigger, '~/purge', self._purge)

    def _pause(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        response.success = self._node.pause(request.data)
        if response.success:
            response.message = 'paused' if request.data else 'recording'
        else:
            response.message = 'not changed; the log says why'
        return response

    def _backup(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        return self._begin('backup', 'backup_written', lambda bridge: bridge.backup(),
                           lambda path: {'path': str(path)}, response)

    def _purge(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        return self._begin('purge', 'purge_finished', lambda bridge: bridge.purge(),
                           dataclasses.asdict, response)

    def _begin(self, what: str, done: str, begin: Callable[[Bridge], Future],
               describe: Callable[[Any], dict[str, Any]],
               response: Trigger.Response) -> Trigger.Response:
        """Begin `what`; its end is an event, `done` with what `describe` makes of the result."""
        bridge = self._node.bridge
        try:
            if bridge is None:
                raise SmartcamError('the node is not configured')
            future = begin(bridge)
        except SmartcamError as error:
            response.message = str(error)
            return response

        def tell(ended: Future) -> None:    # on whatever thread ended it
            self._node.post(lambda: self._tell(what, done, ended, describe))

        future.add_done_callback(tell)
        response.success = True
        response.message = f'{what} has begun; {done} or {what}_failed follows on ~/events'
        return response

    def _tell(self, what: str, done: str, ended: Future,
              describe: Callable[[Any], dict[str, Any]]) -> None:
        error = ended.exception()
        if error is None:
            detail = describe(ended.result())
            self._node.get_logger().info(f'{done}: {detail}')
            self._publish(Event(done, '', time.time_ns(), detail))
        else:
            self._node.get_logger().error(f'{what} failed: {error}')
            self._publish(Event(f'{what}_failed', '', time.time_ns(), {'error': str(error)}))
