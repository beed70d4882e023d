"""All that the handlers may use, in one value, and where the application keeps it."""
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
import time
from typing import Any, Callable, Mapping, TypeVar

from aiohttp import web

from smartcam_bridge.domain.faces import Embedded
from smartcam_bridge.domain.model import Camera
from smartcam_bridge.domain.people import People
from smartcam_bridge.domain.shapes import Shape
from smartcam_bridge.errors import EmbedderUnavailable
from smartcam_bridge.live.frames import FrameBoard
from smartcam_bridge.live.hub import LiveHub
from smartcam_bridge.live.status import BridgeStatus
from smartcam_bridge.settings import Settings
from smartcam_bridge.store import people_tasks, tasks
from smartcam_bridge.store.queries import Reader

Command = (tasks.CreateCamera | tasks.ChangeCamera | tasks.DeleteCamera | tasks.CreateShape
           | tasks.ChangeShape | tasks.DeleteShape | tasks.SaveToken | tasks.DeleteToken
           | tasks.CreateEvent | tasks.ChangeEvent | tasks.AcknowledgeEvents | tasks.DeleteEvent
           | tasks.PinTrack | tasks.Reconcile
           | people_tasks.CreatePerson | people_tasks.ChangePerson | people_tasks.MergePeople
           | people_tasks.ForgetPerson | people_tasks.ExportPerson | people_tasks.EnrollFace
           | people_tasks.DeleteTemplate | people_tasks.RejectIdentity
           | people_tasks.NameStranger | people_tasks.ForgetStranger)
_T = TypeVar('_T')


def no_embedder(picture: bytes) -> 'Future[Embedded]':
    """Refuse: nothing makes embeddings of pictures."""
    raise EmbedderUnavailable('no embedder is connected: start a face_embedder')


@dataclass(frozen=True, slots=True)
class Services:
    """What the web side needs of the bridge. Everything may be called from the web thread.

    open_reader: called once on the web thread's loop, where the reader is also closed.
    occupancy: how many are in each zone, by its id; 0 where it is missing.
    submit: hands a command to the recorder; raises QueueFull. find_picture: the file of a path in
    the store; raises NotFound. shots: counters of the best shots. people: who is known, as of the
    last commit. embed_picture: what an embedder finds in a JPEG or PNG; raises EmbedderUnavailable
    (or the future does). privacy: what is kept of people, where and for how long, as JSON.
    """

    settings: Callable[[], Settings]
    open_reader: Callable[[], Reader]
    submit: Callable[[Command], 'Future[Any]']
    hub: LiveHub
    frames: FrameBoard
    status: Callable[[], BridgeStatus]
    cameras: Callable[[], tuple[Camera, ...]]
    find_picture: Callable[[str], Path]
    shots: Callable[[], dict[str, int]] = dict
    shapes: Callable[[], tuple[Shape, ...]] = tuple
    occupancy: Callable[[], Mapping[int, int]] = dict
    now_ns: Callable[[], int] = time.time_ns
    people: Callable[[], People] = People
    embed_picture: Callable[[bytes], 'Future[Embedded]'] = no_embedder
    privacy: Callable[[], dict[str, Any]] = dict


def app_key(name: str, kind: type[_T]) -> Any:
    """Return a key of the application: typed where aiohttp has it (3.9 on)."""
    make = getattr(web, 'AppKey', None)
    return make(name, kind) if make else name
