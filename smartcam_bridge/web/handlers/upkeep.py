"""What is kept for ever, and keeping the store in order."""
from aiohttp import web

from smartcam_bridge.store.tasks import PinTrack, Reconcile
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag
from smartcam_bridge.web.handlers import history

PIN: tuple[Field, ...] = (
    Flag('pinned', 'Keep it for ever, with its pictures and all.', required=True),)
RECONCILE: tuple[Field, ...] = (
    Flag('dry_run', 'Only tell what was found.', default=True),
    Flag('confirm', 'Mend it even where more than half of something would be deleted.',
         default=False))


async def pin_track(call: Call) -> web.Response:
    """Pin a track, or take that back."""
    await call.submit(PinTrack(call.id('track'), call.body['pinned']))
    return await history.track(call)


async def reconcile(call: Call) -> web.Response:
    """Find files without rows, rows without files and the like, and mend it if asked to."""
    result = await call.submit(Reconcile(
        call.services.now_ns(), call.body['dry_run'], call.body['confirm']))
    return answer({'found': result.found, 'more_than_half': list(result.large),
                   'mended': result.mended})
