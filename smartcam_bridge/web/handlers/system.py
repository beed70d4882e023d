"""How the bridge is: alive, ready, and its counters."""
from importlib import metadata
import os
import resource
import sys
import threading
import time
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.times import iso, NS
from smartcam_bridge.live.lanes import counts
from smartcam_bridge.web.call import answer, Call, DOCUMENT, VERSION
from smartcam_bridge.web.problems import busy


async def health(call: Call) -> web.Response:
    """Answer while the process serves."""
    return answer({'status': 'ok'})


async def ready(call: Call) -> web.Response:
    """Say whether it records and can store, and why not."""
    reasons = call.services.status().unready()
    if reasons:
        problem = busy('not_ready', '; '.join(reasons))
        problem.errors = tuple(('bridge', reason) for reason in reasons)
        raise problem
    return answer({'status': 'ready'})


async def stats(call: Call) -> web.Response:
    """Return the version and the counters of every queue, the store and the process."""
    services, streams = call.services, call.streams
    status = services.status()
    return answer({
        'version': call.request.app[VERSION],
        'state': status.state, 'started': iso(status.started_ns),
        'uptime_s': max(0.0, (services.now_ns() - status.started_ns) / NS),
        'recorder': status.recorder.as_json(),
        'robot': status.robot and status.robot.as_json(),
        'recognition': status.recognition.as_json(),
        'cameras': {name: camera.as_json() for name, camera in status.cameras.items()},
        'live': counts(services.hub.clients) | {
            'published': services.hub.published, 'overflowed': services.hub.overflowed,
            'websockets': streams.count('websocket'), 'mjpeg_viewers': streams.count('mjpeg'),
            'stalled': streams.stalled},
        'frames': services.frames.counters() | call.encoder.counters(),
        'shots': services.shots(),
        'process': _process()})


async def openapi(call: Call) -> web.Response:
    """Return the OpenAPI document."""
    return web.Response(body=call.request.app[DOCUMENT], content_type='application/json')


def package_version() -> str:
    """Return the version that is installed; 'unknown' where the tree runs as it lies there."""
    try:
        return metadata.version('smartcam_bridge')
    except metadata.PackageNotFoundError:
        return 'unknown'


def _process() -> dict[str, Any]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {'pid': os.getpid(), 'python': sys.version.split()[0],
            'cpu_s': round(time.process_time(), 3), 'resident_bytes': _resident_bytes(),
            'resident_peak_bytes': usage.ru_maxrss * 1024, 'threads': threading.active_count()}


def _resident_bytes() -> int | None:
    """Return resident memory; None where the system does not tell."""
    try:
        with open('/proc/self/statm', encoding='ascii') as file:
            return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')
    except OSError:
        return None
