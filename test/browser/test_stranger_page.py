"""A stranger's own page: reached from an alert, by keyboard, on a phone; what is done there."""
from guarded_pages import GuardedPages
from known_faces import CAMERA, KnownFaces
from live_scene import LiveScene
import pytest
from test_access import CONTRASTS, FAULTS

PHONES = (375, 320)


@pytest.fixture(scope='module')
def known(scene: LiveScene) -> KnownFaces:
    """Return who puts people and tracks into the scene."""
    return KnownFaces(scene)


def test_an_alert_leads_to_the_stranger(pages: GuardedPages, known: KnownFaces) -> None:
    number = known.stranger(20, tracks=2)
    page = pages.open(f'#/events?type=stranger_seen&stranger={number}')
    page.get_by_role('link', name=f'stranger {number}', exact=True).first.focus()
    page.keyboard.press('Enter')
    page.get_by_role('heading', name=f'Stranger {number}', level=1).wait_for()
    page.get_by_text('2 tracks, 2 faces').wait_for()
    facts = page.get_by_role('region', name='What is known')
    facts.get_by_role('link', name=CAMERA).wait_for()
    assert page.title().startswith(f'Stranger {number}')
    page.locator('.seen li').nth(1).wait_for()
    page.get_by_text('92 px, quality').nth(1).wait_for()
    page.get_by_role('link', name='All tracks').wait_for()
    assert page.get_by_role('link', name='All tracks').get_attribute('href') == (
        f'#/tracks?stranger={number}')


def test_the_card_leads_there_and_back_by_keyboard(
        pages: GuardedPages, known: KnownFaces) -> None:
    number = known.stranger(21)
    page = pages.open('#/strangers')
    page.get_by_role('link', name=f'Stranger {number}', exact=True).focus()
    page.keyboard.press('Enter')
    page.get_by_role('heading', name=f'Stranger {number}', level=1).wait_for()
    page.get_by_role('link', name='All strangers').focus()
    page.keyboard.press('Enter')
    page.get_by_role('heading', name='Strangers', level=1).wait_for()


def test_a_stranger_is_named_there(pages: GuardedPages, known: KnownFaces) -> None:
    page = pages.open(f'#/strangers/{known.stranger(22, tracks=2)}')
    page.get_by_role('button', name='Who is it?').click()
    page.get_by_role('dialog').get_by_label('Name').fill('Met On The Page')
    page.keyboard.press('Enter')
    page.get_by_role('heading', name='Met On The Page', level=1).wait_for()


def test_a_stranger_is_forgotten_there(pages: GuardedPages, known: KnownFaces) -> None:
    pages.tolerated.append('status of 404')
    number = known.stranger(23)
    page = pages.open(f'#/strangers/{number}')
    page.get_by_role('button', name='Forget').click()
    page.get_by_role('dialog').get_by_role('button', name='Forget').click()
    page.get_by_role('heading', name='Strangers', level=1).wait_for()
    page.goto(f'{page.url.split("#")[0]}#/strangers/{number}')
    page.get_by_text('There is no stranger of this number').wait_for()


def test_two_strangers_are_made_one_there_by_keyboard(
        pages: GuardedPages, known: KnownFaces) -> None:
    pages.tolerated.append('status of 404')     # the one who is gone
    gone, stays = known.stranger(25), known.stranger(26, tracks=2)
    page = pages.open(f'#/strangers/{gone}', viewport={'width': 320, 'height': 600})
    page.get_by_role('button', name='Same as…').press('Enter')
    dialog = page.get_by_role('dialog', name=f'Stranger {gone} is the same as')
    assert dialog.get_by_role('button', name='Merge').is_disabled()
    assert dialog.get_by_role('radio', name=f'Stranger {gone} ').count() == 0
    dialog.get_by_role('radio', name=f'Stranger {stays} ').press(' ')
    dim = [text for text in page.evaluate(CONTRASTS) if text['ratio'] < text['least']]
    assert (dim, page.evaluate(FAULTS)) == ([], [])
    assert page.evaluate('document.documentElement.scrollWidth') <= 320
    page.keyboard.press('Enter')
    page.get_by_role('heading', name=f'Stranger {stays}', level=1).wait_for()
    page.get_by_text('3 tracks, 3 faces').wait_for()


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_the_page_is_readable_and_fits_a_phone(
        pages: GuardedPages, known: KnownFaces, scheme: str) -> None:
    page = pages.open(f'#/strangers/{known.stranger(24)}', color_scheme=scheme)
    page.locator('.seen li').first.wait_for()
    dim = [text for text in page.evaluate(CONTRASTS) if text['ratio'] < text['least']]
    assert (dim, page.evaluate(FAULTS)) == ([], [])
    for width in PHONES:
        page.set_viewport_size({'width': width, 'height': 700})
        assert page.evaluate('document.documentElement.scrollWidth') <= width
