"""The one lifecycle node: ROS's side of the bridge."""
from collections.abc import Callable
import contextlib
from functools import wraps
import time
import traceback

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from smartcam_bridge.bridge import Bridge
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.errors import SmartcamError
from smartcam_bridge.live.status import BridgeStatus, CameraStatus
from smartcam_bridge.ros import parameters
from smartcam_bridge.ros.picture_embedder import PictureEmbedder
from smartcam_bridge.ros.pose import PoseSource
from smartcam_bridge.ros.publishers import Publishers
from smartcam_bridge.ros.services import Services
from smartcam_bridge.ros.sources import CameraSource
from smartcam_bridge.setting_rules import contradictions
from smartcam_bridge.settings import Settings, SPECS

NODE_NAME = 'smartcam_bridge'
_STATUS_PERIOD_S = 1.0

_Transition = Callable[['BridgeNode', LifecycleState], None]


def _transition(change: _Transition) -> Callable[['BridgeNode', LifecycleState],
                                                 TransitionCallbackReturn]:
    """Make a transition callback of `change`: rclpy would swallow what it raises."""
    @wraps(change)
    def callback(node: 'BridgeNode', state: LifecycleState) -> TransitionCallbackReturn:
        try:
            change(node, state)
        except SmartcamError as error:
            node.get_logger().error(f'{change.__name__} failed: {error}')
            return TransitionCallbackReturn.FAILURE
        except Exception:
            node.get_logger().error(f'{change.__name__} failed, the node stays as it was:\n'
                                    + traceback.format_exc())
            return TransitionCallbackReturn.FAILURE
        return TransitionCallbackReturn.SUCCESS
    return callback


class BridgeNode(LifecycleNode):
    """Configured it serves history, active it records too, deactivated it sees nothing.

    Everything here runs on the executor's thread but for `post`. Raises SettingsError where the
    parameters do not make sense.
    """

    def __init__(self) -> None:
        super().__init__(NODE_NAME)
        self._settings = Settings(**parameters.declare(self, SPECS, contradictions))
        self._bridge: Bridge | None = None
        parameters.accept_changes(
            self, lambda: self._settings, self._apply,
            lambda: self._bridge.port if self._bridge else 0)
        self._sources: dict[str, CameraSource] = {}
        self._watched: set[str] = set()
        self._pose: PoseSource | None = None
        self._recording = False
        self._started_ns = time.time_ns()
        self._outlets = Publishers(self)
        self._pictures = PictureEmbedder(self, self.post)
        self._commands = Services(self, self._publish)
        self._report_timer = self.create_timer(_STATUS_PERIOD_S, self._report)

    @property
    def settings(self) -> Settings:
        """Return the settings as they are now."""
        return self._settings

    @property
    def bridge(self) -> Bridge | None:
        """Return the bridge from configure to cleanup, else None."""
        return self._bridge

    def autostart(self) -> bool:
        """Configure and activate; return whether both worked."""
        good = TransitionCallbackReturn.SUCCESS
        return self.trigger_configure() == good and self.trigger_activate() == good

    def pause(self, paused: bool) -> bool:
        """Stop or resume seeing; return whether it is as asked now."""
        if self._bridge is None:
            return False
        if paused == self._recording:
            self.trigger_deactivate() if paused else self.trigger_activate()
        return paused != self._recording

    @_transition
    def on_configure(self, state: LifecycleState) -> None:
        """Open the store and the web server."""
        bridge = Bridge(self._settings, on_event=self._outlets.publish_event, post=self.post,
                        on_cameras=lambda: self.post(self._reconcile),
                        on_demand=lambda camera, wanted: self.post(
                            lambda: self._demand(camera, wanted)),
                        embed_picture=self._pictures.embed)
        bridge.open()
        self._bridge = bridge
        self._pictures.open()
        self._tell_privacy()
        parameters.publish_port(self, bridge.port)
        self.get_logger().info(f'serving on {bridge.url}, data in {bridge.data_dir}')

    @_transition
    def on_activate(self, state: LifecycleState) -> None:
        """Subscribe."""
        with contextlib.ExitStack() as undo:
            undo.callback(self._stop_recording, EndReason.PAUSED)
            self._recording = True
            self._reconcile()
            self._subscribe_pose()
            undo.pop_all()
        self.get_logger().info(f'recording; cameras: {", ".join(self._sources) or "none"}')

    @_transition
    def on_deactivate(self, state: LifecycleState) -> None:
        """Unsubscribe and end open tracks: the privacy pause."""
        self._stop_recording(EndReason.PAUSED)
        self._bridge.settle()
        self.get_logger().info('paused: nothing is received until the node is active again')

    @_transition
    def on_cleanup(self, state: LifecycleState) -> None:
        """Close web and store."""
        self.close()

    @_transition
    def on_shutdown(self, state: LifecycleState) -> None:
        """Close everything, whatever the state."""
        self.close()

    def close(self) -> None:
        """Stop in order; everything accepted is committed. Idempotent."""
        if self._bridge is None:
            return
        self._stop_recording(EndReason.RESTART)
        self._pictures.close()
        self._bridge.close()
        self._bridge = None
        parameters.publish_port(self, 0)

    def post(self, task: Callable[[], None]) -> None:
        """Run `task` on the executor's thread. Any thread."""
        executor = self.executor
        if executor is not None:
            executor.create_task(task)

    def _publish(self, event: Event) -> None:
        if self._bridge is not None:
            self._bridge.publish(event)

    def _apply(self, settings: Settings) -> None:
        self._settings = settings
        if self._bridge is not None:
            self._bridge.change(settings)
            self._tell_privacy()

    def _demand(self, camera: str, wanted: bool) -> None:
        (self._watched.add if wanted else self._watched.discard)(camera)
        if camera in self._sources:
            self._sources[camera].watch(wanted)

    def _reconcile(self) -> None:
        """Make pipelines and subscriptions what the configured cameras ask for."""
        self._tell_privacy()
        if self._bridge is None or not self._recording:
            return
        wanted = {camera.name: camera for camera in self._bridge.cameras if camera.enabled}
        for name, source in list(self._sources.items()):
            if wanted.get(name) != source.camera:
                source.close()
                del self._sources[name]
        self._bridge.reconcile()
        for name, camera in wanted.items():
            if name not in self._sources:
                source = self._sources[name] = CameraSource(self, camera, self._bridge)
                source.open()
                source.watch(name in self._watched)

    def _tell_privacy(self) -> None:
        if self._bridge is not None:
            self._outlets.publish_data_processing(self._bridge.privacy())

    def _subscribe_pose(self) -> None:
        settings = self._settings
        if settings.pose_topic:
            frames = settings.pose_tf_world, settings.pose_tf_robot
            self._pose = PoseSource(self, settings.pose_topic, frames, self._bridge.locate)
            self._pose.look()

    def _stop_recording(self, reason: EndReason) -> None:
        self._recording = False
        if self._pose is not None:
            self._pose.close()
            self._pose = None
        for source in self._sources.values():
            source.close()
        self._sources.clear()
        self._bridge.end_tracks(reason)

    def _report(self) -> None:
        """Once a second: let time pass, look at the graph, tell how everything is."""
        now_ns = time.time_ns()
        bridge = self._bridge
        if bridge is None:
            return
        bridge.tick(now_ns)
        self._pictures.look()
        for source in self._sources.values():
            source.look()
        if self._pose is not None:
            self._pose.look()
        status = BridgeStatus('active' if self._recording else 'inactive', self._started_ns, {
            camera.name: self._camera_status(camera.name, camera.enabled, now_ns)
            for camera in bridge.cameras},
            recognition=bridge.recognition.status(),
            robot=self._pose and self._pose.status(bridge.whereabouts.robot, now_ns))
        bridge.show_status(status)
        self._outlets.publish_diagnostics(bridge.status(), bridge.port)

    def _camera_status(self, name: str, enabled: bool, now_ns: int) -> CameraStatus:
        if name in self._sources:
            return self._sources[name].status(now_ns)
        return CameraStatus('paused' if enabled else 'disabled')
