"""The people section can be read and used by everybody, and shows each role what it may do."""
from typing import Any

from guarded_pages import GuardedPages
from known_faces import KnownFaces
from live_scene import LiveScene
import pytest
from test_access import CONTRASTS, FAULTS

PHONES = (375, 320)


@pytest.fixture(scope='module')
def known(scene: LiveScene) -> KnownFaces:
    """Return who put somebody and a stranger into the scene."""
    known = KnownFaces(scene)
    person = known.person('Ada Lovelace-Whose-Name-Is-Long <b>', 1, templates=2)
    known.person('Bo', 2, templates=1)
    known.seen(1, person=person)
    known.stranger(3, tracks=2)
    return known


def views(known: KnownFaces) -> list[tuple[str, str]]:
    """Return addresses, and what is there when they are complete."""
    person = known.ask('people?query=Ada')['items'][0]['id']
    track = known.ask(f'tracks?person={person}')['items'][0]['id']
    return [('#/people', '.person'), (f'#/people/{person}', '.templates li'),
            ('#/strangers', '.stranger'), ('#/privacy', '.kept tbody tr'),
            ('#/audit', 'tbody tr'), (f'#/tracks/{track}', '.identity .who a'),
            ('#/events?type=person_identified', 'article.event')]


def visit(page: Any, hash: str, ready: str) -> None:
    """Go to another view and wait until it is complete."""
    page.evaluate('hash => { location.hash = hash; }', hash)
    page.locator(ready).first.wait_for()
    page.wait_for_timeout(300)


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_people_are_readable_and_sound(
        pages: GuardedPages, known: KnownFaces, scheme: str) -> None:
    page = pages.open('#/people', color_scheme=scheme)
    for hash, ready in views(known):
        visit(page, hash, ready)
        dim = [text for text in page.evaluate(CONTRASTS) if text['ratio'] < text['least']]
        assert (hash, dim, page.evaluate(FAULTS)) == (hash, [], [])


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('button', ['Forget', 'Merge'])
def test_dialogs_are_readable_and_sound(
        pages: GuardedPages, known: KnownFaces, scheme: str, button: str) -> None:
    hash, ready = views(known)[1]
    page = pages.open(hash, color_scheme=scheme)
    page.locator(ready).first.wait_for()
    page.get_by_role('button', name=button).click()
    dialog = page.get_by_role('dialog')
    assert dialog.get_by_role('heading').inner_text().startswith(button)
    texts = page.evaluate(CONTRASTS)
    assert [text for text in texts if text['ratio'] < text['least']] == []
    assert page.evaluate(FAULTS) == []
    page.keyboard.press('Tab')
    assert page.evaluate("document.activeElement.closest('dialog') !== null")


@pytest.mark.parametrize('width', PHONES)
def test_nothing_is_cut_off_on_a_phone(
        pages: GuardedPages, known: KnownFaces, width: int) -> None:
    page = pages.open('#/people', viewport={'width': width, 'height': 700}, has_touch=True)
    for hash, ready in views(known):
        visit(page, hash, ready)
        assert (hash, page.evaluate('document.documentElement.scrollWidth')) == (hash, width)
    small = page.evaluate("""() => [...document.querySelectorAll('main button, main a.button')]
        .filter(node => node.checkVisibility() && node.getBoundingClientRect().height < 24)
        .map(node => node.textContent)""")
    assert small == []


@pytest.mark.parametrize(('role', 'may', 'may_not'), [
    ('viewer', [], ['Add a person', 'Save', 'Merge', 'Forget', 'Export', 'Add a picture',
                    'Delete', 'Not this person', 'Enroll as', 'Who is it?']),
    ('operator', ['Add a person', 'Save', 'Merge', 'Add a picture', 'Not this person',
                  'Enroll as', 'Who is it?'], ['Forget Ada', 'Export'])])
def test_each_role_is_shown_what_it_may_do(
        pages: GuardedPages, known: KnownFaces, role: str, may: list[str],
        may_not: list[str]) -> None:
    page = pages.open()
    page.route('**/api/v1/session', lambda route: route.fulfill(
        json={'role': role, 'name': 'x', 'expires': None}))
    page.reload()
    shown = tabs = ''
    for hash, ready in views(known):
        if hash != '#/audit':
            visit(page, hash, ready)
            shown += page.locator('main').inner_text()
            tabs += ' '.join(page.locator('.tabs').all_inner_texts())
            if hash.startswith('#/people/'):
                shown += 'Forget Ada' if page.locator('.danger').count() else ''
    assert 'Strangers' in tabs and 'Audit' not in tabs
    assert [words for words in may if words not in shown] == []
    assert [words for words in may_not if words in shown] == []


def test_what_is_kept_is_said_with_hours_of_recognition(
        pages: GuardedPages, known: KnownFaces, scene: LiveScene) -> None:
    page = pages.open('#/camera/skewed')
    page.get_by_text('Recognition of people').click()
    page.get_by_role('button', name='Add hours').click()
    page.get_by_label('Clocks of').fill('Europe/Berlin')
    page.get_by_role('button', name='Save').click()
    page.get_by_text('Saved.').wait_for()
    page.evaluate("location.hash = '#/privacy'")
    row = page.locator('tr', has=page.get_by_role('link', name='skewed'))
    row.get_by_text('Mon–Fri 08:00–18:00 (Europe/Berlin)').wait_for()
    assert page.locator('.ways code').inner_text() == known.ask(
        'system/data-processing')['where']['data_dir']
    page.locator('.kept tr', has_text='Sightings').get_by_text('14 days').wait_for()
    page.get_by_role('link', name='audit', exact=True).click()
    page.locator('tr', has_text='enrolled').first.wait_for()


def test_wrong_hours_are_refused_with_the_reason(
        pages: GuardedPages, known: KnownFaces) -> None:
    pages.tolerated.append('status of 422')
    page = pages.open('#/camera/skewed')
    page.get_by_text('Recognition of people').click()
    page.get_by_label('Clocks of').fill('Atlantis/Capital')
    page.get_by_role('button', name='Save').click()
    page.locator('.recognition-form [role=alert]', has_text='time zone').wait_for()
