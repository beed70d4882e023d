"""The page's own files, and nothing else of the machine's."""
import re

import pytest
from smartcam_bridge.web.handlers.pages import ROOT
from yarl import URL


@pytest.mark.parametrize('path', ['/', '/login'])
async def test_page_is_served_without_a_login(nobody, path):
    answer = await nobody.get(path)
    assert answer.status == 200 and answer.content_type == 'text/html'


async def test_all_files_that_the_pages_name_are_there(api):
    for page in ('/', '/login', '/docs'):
        text = await (await api.get(page)).text()
        assert 'http://' not in text and 'https://' not in text and '//cdn' not in text
        for name in re.findall(r'(?:src|href)="(static/[^"]+)"', text):
            assert (await api.get(f'/{name}')).status == 200, name


async def test_file_is_revalidated_by_its_etag(nobody):
    first = await nobody.get('/static/docs.js')
    assert first.content_type == 'text/javascript'
    assert first.headers['Cache-Control'] == 'no-cache'
    again = await nobody.get('/static/docs.js', headers={
        'If-None-Match': first.headers['ETag']})
    assert again.status == 304


@pytest.mark.parametrize('path', [
    '/static/../server.py', '/static/..%2fserver.py', '/static/%2e%2e/server.py',
    '/static/..%5cserver.py', '/static/%2fetc/passwd', '/static//etc/passwd', '/static/a%00.js',
    '/static/.hidden.js', '/static/docs.js/', '/static/./docs.js%2f..', '/static/',
    '/static/' + 'x' * 4000 + '.js', '/static/%ff%fe.js', '/static/C:docs.js',
    '/static/....//server.py', '/static/__init__.py'])
async def test_nothing_outside_the_folder_is_served(nobody, path):
    answer = await nobody.get(URL(path, encoded=True))
    text = await answer.text()
    assert answer.status == 404, text
    assert 'root:' not in text and 'WebServer' not in text


def test_docs_page_is_there():
    assert {'docs.html', 'docs.js', 'docs.css'} <= {path.name for path in ROOT.iterdir()}
