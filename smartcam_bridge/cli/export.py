"""`smartcam export`: what was seen as a file for other programs; the bridge may run meanwhile."""
import argparse
import asyncio
from pathlib import Path
import sys
from typing import BinaryIO

from smartcam_bridge.domain.model import Source
from smartcam_bridge.domain.times import parse_iso
from smartcam_bridge.errors import SmartcamError, StoreError
from smartcam_bridge.exports import FORMATS, ONE_CAMERA
from smartcam_bridge.exports.estimate import estimate
from smartcam_bridge.exports.sizes import FrameSizes
from smartcam_bridge.exports.walk import Walk
from smartcam_bridge.store.engine import database_path
from smartcam_bridge.store.queries import DetectionQuery, Reader


def add_commands(commands: argparse._SubParsersAction,
                 everywhere: argparse.ArgumentParser) -> None:
    """Add `export`."""
    text = 'write boxes as CSV, COCO JSON or MOTChallenge text'
    parser = commands.add_parser('export', help=text, description=text, parents=[everywhere])
    parser.set_defaults(run=_export)
    parser.add_argument('format', choices=tuple(FORMATS))
    parser.add_argument('-o', '--output', type=Path, metavar='FILE',
                        help='where to; it appears when it is whole (default: standard output)')
    parser.add_argument('--camera', help='of this camera only')
    parser.add_argument('--label', help='with this label only')
    parser.add_argument('--source', choices=[source.name.lower() for source in Source],
                        help='from this topic only')
    parser.add_argument('--track', type=int, metavar='ID', help='of this track only')
    parser.add_argument('--from', type=_moment, dest='from_ns', metavar='TIME',
                        help="from this time on, like '2026-01-31T12:00:00Z'")
    parser.add_argument('--to', type=_moment, dest='to_ns', metavar='TIME', help='before this')
    parser.add_argument('--min-score', type=float, default=0.0, metavar='X',
                        help='of at least this score')
    parser.add_argument('--size', type=_size, metavar='WxH',
                        help='size of the frames in px, where the bridge does not know it')
    parser.add_argument('--estimate', action='store_true', help='only say how much it would be')


def _export(options: argparse.Namespace) -> None:
    path = database_path(options.data_dir)
    if not path.is_file():
        raise StoreError(f'there is no store {path}: start the bridge once, or name another '
                         'folder with --data-dir')
    if options.format in ONE_CAMERA and options.camera is None:
        raise SmartcamError(f'{options.format} is of one camera: say which with --camera')
    asyncio.run(_run(path, options))


async def _run(path: Path, options: argparse.Namespace) -> None:
    query = DetectionQuery(
        camera=options.camera, label=options.label, from_ns=options.from_ns, to_ns=options.to_ns,
        source=Source[options.source.upper()] if options.source else None, track=options.track,
        min_score=options.min_score, order='oldest')
    reader = Reader(path)
    try:
        walk = await Walk.begin(reader, query, FrameSizes(await reader.frame_sizes(),
                                                          options.size))
        write, _ = FORMATS[options.format]
        expected = await estimate(walk, write)
        if options.estimate:
            about = '' if expected.exact else 'about '
            print(f'{about}{expected.boxes} boxes in {expected.observations} observations, '
                  f'{about}{expected.size_bytes} bytes')
        elif options.output is None:
            await _write(walk, options.format, sys.stdout.buffer, expected.size_bytes)
        else:
            partial = options.output.with_name(options.output.name + '.partial')
            with open(partial, 'wb') as file:
                await _write(walk, options.format, file, expected.size_bytes)
            partial.replace(options.output)
    finally:
        await reader.close()


async def _write(walk: Walk, name: str, file: BinaryIO, expected_bytes: int) -> None:
    write, _ = FORMATS[name]
    written = 0
    async for part in write(walk):
        file.write(part)
        written += len(part)
        if sys.stderr.isatty():
            share = min(written / max(expected_bytes, 1), 0.99)
            print(f'\r{share:4.0%} {written / 1e6:.1f} MB', end='', file=sys.stderr, flush=True)
    file.flush()
    if sys.stderr.isatty():
        print(f'\r100% {written / 1e6:.1f} MB', file=sys.stderr)


def _moment(text: str) -> int:
    try:
        return parse_iso(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition('x')
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f'{text!r} is not WIDTHxHEIGHT in px, like 1280x720')
    return int(width), int(height)
