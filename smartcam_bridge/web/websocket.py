"""One live client: reads what it asks for, writes what its lanes hold."""
import asyncio
import contextlib
import logging

from aiohttp import web, WSMsgType

from smartcam_bridge.live.encode import Picture, pictures
from smartcam_bridge.live.lanes import Lanes, set_or_late, Subscription
from smartcam_bridge.live.wire import to_json
from smartcam_bridge.web.call import Call
from smartcam_bridge.web.problems import Problem
from smartcam_bridge.web.streams import REVOKED, SHUTTING_DOWN, Stream
from smartcam_bridge.web.subscribe import Id, NotUnderstood, TOPICS, understand

MESSAGE_MAX = 64 * 1024     # bytes of a client's message; longer ones close with 1009
HEARTBEAT_S = 20.0
CLOSE_S = 0.5               # how long a close may take to be answered
SLOW_SEND_S = 0.2           # frames that waited behind a send like this are old
REPLAY_MAX = 10_000         # events that are replayed; those before are told as missed
REPLAY_PAGE = 500
LOOK_ROUND_S = 1.0          # how soon a new camera is fed to those who want all
_log = logging.getLogger(__name__)
UNREAD_REPLIES = 'replies are not read'
FAILED = 'this failed here'
_CODES = {SHUTTING_DOWN: 1001, REVOKED: 1008, FAILED: 1011}   # else 1013: try again later


async def live(call: Call) -> web.WebSocketResponse:
    """Serve one live client until it leaves or is let go."""
    # compress=False: deflating for each client costs 14 times the send of JSON (MEASURED).
    socket_ = web.WebSocketResponse(compress=False, heartbeat=HEARTBEAT_S, timeout=CLOSE_S,
                                    max_msg_size=MESSAGE_MAX)
    if not socket_.can_prepare(call.request).ok:
        raise Problem(426, 'websocket_only', 'This speaks WebSocket only.',
                      headers={'Upgrade': 'websocket'})
    with call.streams.opened('websocket', call.who) as stream:
        await socket_.prepare(call.request)
        try:
            reason = await LiveClient(call, socket_, stream).run()
        except Exception:   # The client's outermost frame: it hears that it failed here.
            _log.exception('a live client is closed; it may come again')
            reason = FAILED
        await _close(call.request, socket_, reason)
    return socket_


class LiveClient:
    """Reader, writer and frame feeds of one client. Owner: the web thread."""

    def __init__(self, call: Call, socket_: web.WebSocketResponse, stream: Stream) -> None:
        self._services = call.services
        self._encoder = call.encoder
        self._request = call.request
        self._socket = socket_
        self._stream = stream
        self._lanes = Lanes()
        self._asked = asyncio.Event()
        self._resumed = asyncio.Event()
        self._reader = call.reader

    async def run(self) -> str:
        """Serve until somebody ends it; return the reason, '' where the client left."""
        self._services.hub.join(self._lanes)
        try:
            return await self._stream.run(self._request, self._read(), self._write(),
                                          self._feed(), self._resume())
        finally:
            self._services.hub.leave(self._lanes)

    async def _read(self) -> None:
        async for message in self._socket:
            is_text = message.type is WSMsgType.TEXT
            reply = self._reply(message.data) if is_text else _error(
                None, 'invalid', 'a message is text')
            if not self._lanes.put_reply(reply):
                self._stream.end(UNREAD_REPLIES)
                await asyncio.Event().wait()    # until the end that was just asked for

    def _reply(self, text: str) -> str:
        try:
            ask = understand(text)
        except NotUnderstood as error:
            return _error(error.id, error.code, error.detail)
        if ask.subscription is None:
            return to_json({'op': 'pong', 'id': ask.id}).decode()
        self._lanes.change(ask.subscription)
        self._services.hub.join(self._lanes)
        self._asked.set()
        self._resumed.set()
        cameras = ask.subscription.cameras
        return to_json({
            'op': 'subscribed', 'id': ask.id,
            'topics': [topic for topic in TOPICS if topic in ask.subscription.topics],
            'cameras': None if cameras is None else sorted(cameras)}).decode()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            item = self._lanes.take(loop.time())
            if item is None:
                await self._lanes.wait()
                continue
            began = loop.time()
            with self._stream.writing():
                if isinstance(item, Picture):
                    await self._socket.send_bytes(item.message)
                else:
                    await self._socket.send_str(item)
            if loop.time() - began > SLOW_SEND_S:
                self._lanes.drop_frames()

    async def _resume(self) -> None:
        """Replay what each subscription asks for; a later one ends what is under way."""
        replay: asyncio.Task[None] | None = None
        try:
            while True:
                await self._resumed.wait()
                self._resumed.clear()
                if replay is not None:
                    replay.cancel()
                replay = asyncio.ensure_future(self._replay(self._lanes.subscription))
                replay.add_done_callback(self._replayed)
        finally:
            if replay is not None:
                replay.cancel()

    def _replayed(self, replay: 'asyncio.Task[None]') -> None:
        if not replay.cancelled() and (error := replay.exception()) is not None:
            _log.error('a live client is closed, its events could not be replayed: %s', error)
            self._stream.end(FAILED)

    async def _replay(self, asked: Subscription) -> None:
        """Send the events that are stored after `resume_from`, then let live ones through."""
        if asked.resume_from is None:
            return
        newest = await self._reader.newest_seq()
        after = min(asked.resume_from, newest)
        if newest - after > REPLAY_MAX:
            first, after = after + 1, newest - REPLAY_MAX
            self._lanes.miss_past(first, after)
        while True:
            events = await self._reader.events_after(after, REPLAY_PAGE)
            for event in events:
                after = event.seq
                if asked.wants_event(event):
                    await self._lanes.put_replayed(self._services.hub.event_update(event))
            if len(events) < REPLAY_PAGE and self._lanes.end_replay(after):
                return

    async def _feed(self) -> None:
        """Keep one feed per camera whose frames are wanted, cameras that come later included."""
        feeds: dict[tuple[str, float | None, int | None], asyncio.Task[None]] = {}
        try:
            while True:
                self._asked.clear()
                asked = self._lanes.subscription
                wanted = {(camera.name, asked.fps, asked.width)
                          for camera in self._services.cameras()
                          if asked.wants('frames', camera.name)}
                for task in feeds.values():
                    if task.done():
                        task.result()   # a feed ends only by what nobody expected
                for key in feeds.keys() - wanted:
                    feeds.pop(key).cancel()
                for key in wanted - feeds.keys():
                    feeds[key] = asyncio.ensure_future(self._feed_one(*key))
                await set_or_late(self._asked, LOOK_ROUND_S)
        finally:
            for task in feeds.values():
                task.cancel()

    async def _feed_one(self, camera: str, fps: float | None, width: int | None) -> None:
        last = None
        shown = pictures(self._services.frames, self._encoder, camera, fps=fps, width=width,
                         quality=None)
        async with contextlib.aclosing(shown):
            async for picture in shown:
                self._lanes.miss(frames=0 if last is None else picture.seq - last - 1)
                last = picture.seq
                self._lanes.put_frame(picture)
                await self._lanes.frame_taken(camera)


def _error(id: Id, code: str, detail: str) -> str:
    return to_json({'op': 'error', 'id': id, 'code': code, 'detail': detail}).decode()


async def _close(request: web.Request, socket_: web.WebSocketResponse, reason: str) -> None:
    try:
        await asyncio.wait_for(socket_.close(code=_CODES.get(reason, 1013) if reason else 1000,
                                             message=reason.encode()), 2 * CLOSE_S)
    except (asyncio.TimeoutError, ConnectionError):
        if request.transport is not None:
            request.transport.abort()
