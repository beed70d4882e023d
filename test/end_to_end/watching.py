"""People who watch: WebSocket clients and MJPEG viewers, on a thread of their own."""
import asyncio
from dataclasses import dataclass, field
import json
import threading
from typing import Any, Coroutine

import aiohttp
from running import Bridge, until


@dataclass
class Live:
    """What one WebSocket client got."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)  # what stands before the JPEG
    close_code: int | None = None

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the messages of one type."""
        return [message for message in self.messages if message.get('type') == kind]

    @property
    def subscribed(self) -> bool:
        """Say whether the subscription was confirmed."""
        return any(message.get('op') == 'subscribed' for message in self.messages)


@dataclass
class Stream:
    """What one MJPEG viewer got."""

    size: int = 0
    ended: bool = False


class Viewers:
    """All who watch one bridge; `close` ends them."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name='viewers')
        self._thread.start()
        self._session = self._run(self._open())
        self._tasks: list[asyncio.Task] = []

    def websocket(self, **ask: Any) -> Live:
        """Subscribe; return once that is confirmed."""
        live = Live()
        self._keep(self._read(live, ask))
        until(lambda: live.subscribed, lambda: live)
        return live

    def deaf_websocket(self, **ask: Any) -> aiohttp.ClientWebSocketResponse:
        """Subscribe and never read again; what is returned must be kept."""
        return self._run(self._ask(ask))

    def mjpeg(self, camera: str) -> Stream:
        """Watch a camera; return when the first picture is there."""
        stream = Stream()
        self._keep(self._view(stream, camera))
        until(lambda: stream.size > 1000, lambda: stream)
        return stream

    def close(self) -> None:
        """Hang up."""
        for task in self._tasks:
            self._loop.call_soon_threadsafe(task.cancel)
        self._run(self._session.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self, coroutine: Coroutine) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    def _keep(self, coroutine: Coroutine) -> None:
        async def begin() -> asyncio.Task:
            return asyncio.ensure_future(coroutine)
        self._tasks.append(self._run(begin()))

    async def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(self._bridge.url, headers=self._bridge.headers)

    async def _ask(self, ask: dict[str, Any]) -> aiohttp.ClientWebSocketResponse:
        socket = await self._session.ws_connect('/api/v1/live', max_msg_size=0)
        await socket.send_json({'op': 'subscribe', 'id': 1} | ask)
        return socket

    async def _read(self, live: Live, ask: dict[str, Any]) -> None:
        socket = await self._ask(ask)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                live.messages.append(json.loads(message.data))
            elif message.type is aiohttp.WSMsgType.BINARY:
                head = int.from_bytes(message.data[:4], 'little')
                live.frames.append(json.loads(message.data[4:4 + head]))
        live.close_code = socket.close_code

    async def _view(self, stream: Stream, camera: str) -> None:
        url = f'/api/v1/cameras/{camera}/stream.mjpg'
        timeout = aiohttp.ClientTimeout(total=None)
        try:
            async with self._session.get(url, timeout=timeout) as answer:
                async for chunk in answer.content.iter_any():
                    stream.size += len(chunk)
        except aiohttp.ClientError:     # cut off, which a viewer may be
            pass
        stream.ended = True
