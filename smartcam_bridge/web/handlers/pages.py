"""The page's own files, out of the package."""
from pathlib import Path

from aiohttp import hdrs, web

from smartcam_bridge.web.call import Call
from smartcam_bridge.web.problems import Problem

ROOT = Path(__file__).parent.parent / 'static'
_TYPES = {'.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8',
          '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png',
          '.ico': 'image/x-icon', '.json': 'application/json', '.woff2': 'font/woff2',
          '.webmanifest': 'application/manifest+json', '.txt': 'text/plain; charset=utf-8'}
PATH_MAX = 200
_FORBIDDEN = frozenset('\\\0:')


async def index(call: Call) -> web.StreamResponse:
    """Return the page."""
    return _file('index.html')


async def login(call: Call) -> web.StreamResponse:
    """Return the page to log in with."""
    return _file('login.html')


async def docs(call: Call) -> web.StreamResponse:
    """Return the page that shows the API."""
    return _file('docs.html')


async def static(call: Call) -> web.StreamResponse:
    """Return one of the page's files."""
    return _file(call.request.match_info['path'])


def _file(path: str) -> web.FileResponse:
    """Return a file below ROOT; everything else is 404.

    Names are judged as text: after an install with links the files themselves lie elsewhere.
    """
    parts = path.split('/')
    plain = len(path) <= PATH_MAX and all(
        part and not part.startswith('.') and not _FORBIDDEN & set(part) for part in parts)
    kind = _TYPES.get(Path(parts[-1]).suffix)
    file = ROOT.joinpath(*parts) if plain else ROOT
    if kind is None or not file.is_file():
        raise Problem(404, 'not_found', f'There is no file {path!r}.')
    return web.FileResponse(file, headers={
        hdrs.CONTENT_TYPE: kind,
        hdrs.CACHE_CONTROL: 'no-cache'})    # kept, and asked for again by its ETag
