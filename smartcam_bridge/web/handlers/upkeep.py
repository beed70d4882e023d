"""Keeping the store in order."""
from aiohttp import web

from smartcam_bridge.store.tasks import Reconcile
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag

RECONCILE: tuple[Field, ...] = (
    Flag('dry_run', 'Only tell what was found.', default=True),
    Flag('confirm', 'Mend it even where more than half of something would be deleted.',
         default=False))


async def reconcile(call: Call) -> web.Response:
    """Find files without rows, rows without files and the like, and mend it if asked to."""
    result = await call.submit(Reconcile(
        call.services.now_ns(), call.body['dry_run'], call.body['confirm']))
    return answer({'found': result.found, 'more_than_half': list(result.large),
                   'mended': result.mended})
