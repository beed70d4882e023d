"""How large the frames of a camera were when. The writer's inserts, and what readers ask."""
from typing import Iterable, Mapping

from smartcam_bridge.store.schema import cameras, frame_sizes
from smartcam_bridge.store.sql import compiled, positional
from sqlalchemy import literal, select
from sqlalchemy.dialects.sqlite import insert

COLUMNS = ('camera_id', 'since_ns', 'width', 'height')
INSERT = positional(insert(frame_sizes).prefix_with('OR REPLACE'), COLUMNS)
_CONFIGURED = select(cameras.c.name, literal(0).label('since_ns'), cameras.c.width,
                     cameras.c.height).where(
    cameras.c.width > 0,
    ~select(frame_sizes.c.camera_id).where(frame_sizes.c.camera_id == cameras.c.id).exists())
SELECT = compiled(
    select(cameras.c.name, frame_sizes.c.since_ns, frame_sizes.c.width, frame_sizes.c.height)
    .where(cameras.c.id == frame_sizes.c.camera_id)
    .union_all(_CONFIGURED).order_by('name', 'since_ns'))


def by_camera(rows: Iterable[tuple[str, int, int, int]],
              ) -> Mapping[str, list[tuple[int, int, int]]]:
    """Return (since_ns, width, height) of each camera, oldest first."""
    sizes: dict[str, list[tuple[int, int, int]]] = {}
    for camera, *size in rows:
        sizes.setdefault(camera, []).append(tuple(size))
    return sizes
