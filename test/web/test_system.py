"""What the bridge says of itself."""
from importlib import metadata

import pytest

from smartcam_bridge.web.handlers.system import package_version


async def test_stats_tell_the_version(api):
    stats = await (await api.get('/api/v1/system/stats')).json()
    assert stats['version'] == package_version()


async def test_stats_tell_of_recognition(api):
    stats = await (await api.get('/api/v1/system/stats')).json()
    assert stats['recognition'] == {'people': 0, 'galleries': {}, 'counters': {},
                                    'match_p50_ms': None, 'match_p95_ms': None}


@pytest.mark.parametrize('installed, told', [({'smartcam_bridge': '1.2.3'}, '1.2.3'),
                                             ({}, 'unknown')])
def test_version_is_that_of_what_is_installed(installed, told, monkeypatch):
    def version(name):
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(metadata, 'version', version)
    assert package_version() == told
