"""A whole web side over a real store, and an admin's HTTP client."""
from pathlib import Path
import sys
from typing import AsyncIterator, Iterator

import aiohttp
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for serving

from serving import serve, Served  # noqa: E402


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Run the web side with the cameras front and back."""
    with serve(tmp_path / 'data') as started:
        yield started


@pytest.fixture
async def api(served: Served) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client with the admin's token."""
    headers = {'Authorization': f'Bearer {served.token}'}
    async with aiohttp.ClientSession(served.url, headers=headers) as session:
        yield session


@pytest.fixture
async def nobody(served: Served) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client that is not logged in and keeps cookies."""
    async with aiohttp.ClientSession(
            served.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session
