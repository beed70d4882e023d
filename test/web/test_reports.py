"""The report of a day tells what the analytics tell, in one file that needs nothing else."""
from html.parser import HTMLParser
import re

import pytest
from serving import observation

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.domain.model import Crossing, Direction, Visit
from smartcam_bridge.domain.robot import Suspension
from smartcam_bridge.domain.times import parse_iso
from smartcam_bridge.store.tasks import (
    Barrier, CreateShape, RecordCrossing, RecordEvent, RecordLabel, RecordObservation,
    RecordSuspension, RecordVisit)

MINUTE_NS = 60 * 10**9
START_NS = parse_iso('2026-03-29T00:30:00Z')    # the clocks in Berlin go forward at 01:00Z
QUERY = {'date': '2026-03-29', 'timezone': 'Europe/Berlin'}


class Page(HTMLParser):
    """What stands in a page: texts, tags that are open, addresses."""

    def __init__(self, text):
        super().__init__()
        self.texts, self.open, self.addresses, self.tags = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ('src', 'href')]
        if tag not in ('meta', 'img', 'rect', 'path'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ('rect', 'path'):
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
async def past(served):
    """Record an hour with a zone, a tripwire, an alert and a drive of the robot."""
    front = next(camera for camera in served.cameras if camera.name == 'front')
    record = served.recorder.record
    zone = served.submit(CreateShape('front', 'zone', '<b>door', True, {
        'points': [[0, 0], [1, 0], [1, 1]]}))
    wire = served.submit(CreateShape('front', 'tripwire', 'line', True, {
        'start': [0, 0], 'end': [1, 1]}))
    record(RecordLabel(1, '<script>alert(1)</script>'))
    for minute in range(60):
        record(RecordObservation(observation(front, START_NS + minute * MINUTE_NS)))
    record(RecordVisit(Visit(zone.id, front.id, 1, 1, START_NS, START_NS + 3 * MINUTE_NS)))
    record(RecordCrossing(Crossing(wire.id, front.id, 1, 1, START_NS, Direction.IN)))
    record(RecordEvent(Event('dwell_exceeded', 'front', START_NS + 2 * MINUTE_NS,
                             {'zone': zone.id, 'zone_name': '<b>door'}, camera_id=front.id,
                             severity=Severity.ALERT)))
    record(RecordSuspension(front.id, Suspension(START_NS, 'driving', START_NS + MINUTE_NS)))
    served.recorder.submit(Barrier()).result(10)


async def report(api, **query):
    async with api.get('/api/v1/reports/day', params=QUERY | query) as response:
        text = await response.text()
        assert response.status == 200, text
        return text, response.headers


@pytest.mark.asyncio
async def test_a_day_is_told_in_its_own_time(past, api):
    text, headers = await report(api)
    page = Page(text)
    assert page.open == [] and headers['Content-Type'].startswith('text/html')
    said = ' '.join(page.texts)
    assert 'All cameras, Sunday 29 March 2026' in said and 'Europe/Berlin' in said
    assert '01:32:00' in said and 'dwell exceeded' in said      # 00:32Z, in winter time
    assert '3 min' in said and 'driving' in said
    hours = re.findall(r'<th scope="row">(\d\d)</th>', text.partition('</figure>')[0])
    assert len(hours) == 23 and hours[:4] == ['00', '01', '03', '04']
    assert page.tags.count('img') == 1


@pytest.mark.asyncio
async def test_it_needs_nothing_else_and_runs_nothing(past, api):
    text, headers = await report(api)
    page = Page(text)
    assert 'script' not in page.tags and 'b' not in page.tags[page.tags.index('h2'):]
    assert all(address.startswith('data:image/png;base64,') for address in page.addresses)
    assert 'style=' not in text and "default-src 'none'" in headers['Content-Security-Policy']


@pytest.mark.asyncio
async def test_an_empty_day_says_so(served, api):
    text, _ = await report(api, date='2020-02-02')
    assert 'Nothing was seen on this day' in text and 'None above the severity info' in text


@pytest.mark.asyncio
@pytest.mark.parametrize('query', [
    {'date': '2026-02-30'}, {'date': 'today'}, {'timezone': 'Mars/Olympus'},
    {'date': '0001-01-01'}, {'date': '9999-12-31'}])
async def test_what_is_no_day_is_refused(served, api, query):
    async with api.get('/api/v1/reports/day', params=QUERY | query) as response:
        assert response.status == 422, await response.text()


@pytest.mark.asyncio
async def test_a_camera_that_is_none_has_no_report(served, api):
    async with api.get('/api/v1/reports/day', params=QUERY | {'camera': 'nowhere'}) as response:
        assert response.status == 404
