"""The report of a day tells what the analytics tell, in one file that needs nothing else."""
from html.parser import HTMLParser
from pathlib import Path
import re
import sys

import pytest
from serving import observation

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.domain.model import Crossing, Direction, Visit
from smartcam_bridge.domain.robot import Suspension
from smartcam_bridge.domain.times import parse_iso
from smartcam_bridge.store.tasks import (
    Barrier, CreateShape, RecordCrossing, RecordEvent, RecordLabel, RecordObservation,
    RecordSuspension, RecordTrack, RecordVisit)

sys.path.insert(0, str(Path(__file__).parents[1] / 'store'))  # for people_rows

import people_rows as put  # noqa: E402, I100
from store_builders import track  # noqa: E402

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
    served.recorder.submit(Barrier()).result(60)


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


@pytest.fixture
def recognised(served):
    """Let people be seen on the day, around it, and by two cameras."""
    path = served.recorder._session.path
    one, other = served.cameras[:2]
    for id_, (name, consent) in enumerate([
            ('<i>Zoë', 'given'), ('anna', 'not_asked'), ('Refuser', 'refused'),
            ('Yesterday', 'given'), ('Withdrawn', 'withdrawn')], 1):
        put.person(path, id_, name, consent=consent)
    for id_, (person_id, camera, minute) in enumerate([
            (1, one, 10), (1, other, 20), (1, one, 15), (2, other, 30), (3, one, 10),
            (4, one, -24 * 60), (5, one, 10)], 1):
        begin_ns = START_NS + minute * MINUTE_NS
        served.recorder.record(RecordTrack(track(
            id_, camera_id=camera.id, first_ns=begin_ns, last_ns=begin_ns + MINUTE_NS)))
    served.submit(Barrier())
    put.change(path, "UPDATE tracks SET verdict = 'known', "
               'person_id = CAST(substr(1112345, id, 1) AS INTEGER)')
    return one.name, other.name


@pytest.mark.asyncio
async def test_who_was_recognised_is_named_but_for_those_who_refused(recognised, api):
    text, _ = await report(api)
    one, other = recognised
    table = text.partition('<h2>People</h2>')[2].partition('</table>')[0]
    assert re.findall('<bdi>(.*?)</bdi>', table) == ['&lt;i&gt;Zoë', 'anna']
    both = ', '.join(sorted([one, other]))
    assert f'<td>01:40:00</td><td>01:51:00</td><td>3</td><td>{both}</td>' in table
    assert f'<td>03:00:00</td><td>03:01:00</td><td>1</td><td>{other}</td>' in table
    assert not any(name in text for name in ('Refuser', 'Yesterday', 'Withdrawn'))


@pytest.mark.asyncio
async def test_the_report_of_a_camera_names_those_it_saw(recognised, api):
    one, _ = recognised
    text, _ = await report(api, camera=one)
    table = text.partition('<h2>People</h2>')[2].partition('</table>')[0]
    assert re.findall('<bdi>(.*?)</bdi>', table) == ['&lt;i&gt;Zoë']
    assert f'<td>01:40:00</td><td>01:46:00</td><td>2</td><td>{one}</td>' in table


@pytest.mark.asyncio
async def test_a_day_without_anybody_speaks_of_nobody(past, api):
    text, _ = await report(api)
    assert 'People' not in text


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
