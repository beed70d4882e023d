"""COCO JSON: https://cocodataset.org/#format-data, with scores and track ids as in results."""
import asyncio
import json
from typing import AsyncIterator

import numpy as np
from smartcam_bridge.domain.times import iso
from smartcam_bridge.exports.sizes import FrameSizes
from smartcam_bridge.exports.walk import pixel_boxes, Walk
from smartcam_bridge.store.queries import BoxChunk

MEDIA_TYPE = 'application/json'


async def coco(walk: Walk) -> AsyncIterator[bytes]:
    """Write one JSON object, piece by piece. Raises UnknownFrameSize.

    An image is an observation (ids are those of the store), one without boxes too. Two walks:
    what is purged between them is an image without annotations, never the reverse.
    """
    info = {'description': 'smartcam_bridge export', 'version': '1'}
    categories = [{'id': id_, 'name': name} for id_, name in sorted(walk.labels.items())]
    before = (f'{{"info":{json.dumps(info)},"licenses":[],'
              f'"categories":{json.dumps(categories)},"images":[')
    async for chunk in walk.chunks():   # nothing goes out before the first size was found
        text = await asyncio.to_thread(_images, chunk, walk.sizes)
        yield (before + text).encode()
        before = ','
    yield (before if before != ',' else '').encode() + b'],"annotations":['
    comma, number = '', 1
    async for chunk in walk.chunks():
        text = await asyncio.to_thread(_annotations, chunk, walk.sizes, number)
        if text:
            yield (comma + text).encode()
            comma, number = ',', number + len(chunk.boxes)
    yield b']}'


def _images(chunk: BoxChunk, sizes: FrameSizes) -> str:
    pixels = sizes.required(chunk.cameras, chunk.stamps_ns).astype(int).tolist()
    return ',\n'.join([
        '{"id":%d,"width":%d,"height":%d,"file_name":"%s/%d.jpg","camera":"%s","stamp":"%s"}'
        % (id_, width, height, camera, stamp_ns, camera, iso(stamp_ns))
        for id_, camera, stamp_ns, (width, height)
        in zip(chunk.ids, chunk.cameras, chunk.stamps_ns, pixels)])


def _annotations(chunk: BoxChunk, sizes: FrameSizes, first_number: int) -> str:
    boxes = pixel_boxes(chunk, sizes.required(chunk.cameras, chunk.stamps_ns))
    image_ids = np.array(chunk.ids, np.int64)[chunk.row_of]
    columns = np.concatenate([boxes, (boxes[:, 2] * boxes[:, 3])[:, None]], axis=1).tolist()
    return ',\n'.join([
        '{"id":%d,"image_id":%d,"category_id":%d,"bbox":[%.3f,%.3f,%.3f,%.3f],"area":%.3f,'
        '"iscrowd":0,"score":%.4f,"track_id":%d}'
        % (number, image_id, label, *column, score, track)
        for number, (image_id, label, column, score, track) in enumerate(zip(
            image_ids.tolist(), chunk.boxes['label'].tolist(), columns, chunk.scores.tolist(),
            chunk.boxes['track'].tolist()), first_number)])
