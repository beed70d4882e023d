"""Where the robot was when it saw something."""
from aiohttp import web

from smartcam_bridge.store.analytics import PlaceQuery
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Moment, Number, Text
from smartcam_bridge.web.handlers.history import times

PLACES: tuple[Field, ...] = (
    Moment('from', 'Tracks that began from this time on.'), Moment('to', 'Before this time.'),
    Text('camera', 'Of this camera only.', longest=64),
    Text('label', 'With this label only.', longest=256),
    Text('frame', 'Frame of the poses; left out: that of most tracks.', longest=256, shortest=1),
    Number('cell_m', 'Side of a square in metres.', 0.01, 1000, default=0.5))


async def places(call: Call) -> web.Response:
    """Count tracks by where the robot was when they began."""
    values = times(call)
    frame = values.pop('frame')
    frames = await call.reader.analytics.place_frames()
    frame = frame or next(iter(frames), None)
    cells = [] if frame is None else await call.reader.analytics.places(
        PlaceQuery(frame=frame, **values))
    return answer({
        'frame': frame, 'frames': frames, 'cell_m': values['cell_m'],
        'total': sum(cell.tracks for cell in cells),
        'cells': [{'x': cell.x, 'y': cell.y, 'tracks': cell.tracks} for cell in cells]})
