"""People: listed, added, enrolled, corrected, merged and forgotten; by mouse and by keyboard."""
from concurrent.futures import Future
import time
from typing import Any

import cv2
from guarded_pages import GuardedPages
from known_faces import face, KnownFaces
from live_scene import HOSTILE, LiveScene
import numpy as np
import pytest
from smartcam_bridge.domain.faces import Embeddings, Faces
from smartcam_bridge.domain.model import DETECTION
from smartcam_bridge.store.people_tasks import ChangePerson
from smartcam_bridge.web.services import no_embedder


@pytest.fixture(scope='module')
def known(scene: LiveScene) -> KnownFaces:
    """Return who puts people and tracks into the scene."""
    return KnownFaces(scene)


def track_page(pages: GuardedPages, track: int) -> Any:
    """Return the page of a track that says who it was."""
    page = pages.open(f'#/tracks/{track}')
    page.get_by_role('heading', name='Who it was').wait_for()
    return page


def embedder(identity: int, faces: int = 1, side_px: float = 90.0) -> Any:
    """Return who finds so many faces of somebody in any picture."""
    def embed(picture: bytes) -> 'Future[Any]':
        height, width = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR).shape[:2]
        boxes = np.zeros(faces, DETECTION)
        for i in range(faces):
            boxes[i] = (60 + 100 * i, 60, 0, side_px, side_px, 0.9)
        vectors = np.stack([face(identity, 70 + i) for i in range(faces)])
        quality = np.full((faces, 3), 0.9, np.float32)
        answer: Future[Any] = Future()
        answer.set_result((Faces(1, 'enroll', boxes, ('',) * faces, quality),
                           Embeddings(1, 'enroll', vectors), (width, height)))
        return answer
    return embed


def picture_file() -> dict[str, Any]:
    """Return a large picture as somebody would upload it."""
    pixels = np.full((1500, 2400, 3), 120, np.uint8)
    return {'name': 'me.png', 'mimeType': 'image/png',
            'buffer': cv2.imencode('.png', pixels)[1].tobytes()}


def test_nobody_known_says_what_to_do(pages: GuardedPages) -> None:
    page = pages.open('#/people')
    page.get_by_role('heading', name='Nobody has a name yet').wait_for()
    page.get_by_text('No face has come in').wait_for()
    page.get_by_role('link', name='strangers', exact=True).click()
    page.get_by_role('heading', name='No strangers').wait_for()


def test_somebody_is_added_and_changed(pages: GuardedPages, known: KnownFaces) -> None:
    page = pages.open('#/people')
    page.get_by_text('Add a person', exact=True).click()
    page.get_by_label('Name', exact=True).last.fill(HOSTILE)
    page.get_by_label('Notes').fill('works\nhere')
    page.get_by_role('button', name='Add', exact=True).click()
    page.get_by_role('heading', name=HOSTILE, level=1).wait_for()
    page.get_by_text('None yet: this person cannot be recognised').wait_for()
    page.get_by_label('Name', exact=True).fill('Grace Hopper')
    page.get_by_label('Consent').select_option('withdrawn')
    page.get_by_role('button', name='Save').click()
    page.get_by_text('Saved.').wait_for()
    page.get_by_role('heading', name='Grace Hopper', level=1).wait_for()
    page.get_by_text('This person is not recognised').wait_for()
    page.get_by_role('link', name='All people').click()
    page.locator('.person', has_text='Grace Hopper').get_by_text('Consent: withdrawn').wait_for()
    assert page.evaluate('window.hacked') is None


def test_name_that_is_taken_is_refused(
        pages: GuardedPages, known: KnownFaces) -> None:
    pages.tolerated.append('status of 409')
    known.person('Taken')
    page = pages.open('#/people')
    page.get_by_text('Add a person', exact=True).click()
    page.get_by_label('Name', exact=True).last.fill('Taken')
    page.get_by_role('button', name='Add', exact=True).click()
    assert 'Taken' in page.get_by_role('alert').inner_text()


def test_people_are_found_by_name(pages: GuardedPages, known: KnownFaces) -> None:
    known.person('Ada Lovelace', 1, templates=2)
    page = pages.open('#/people')
    page.get_by_label('Name', exact=True).first.fill('love')
    page.keyboard.press('Enter')
    page.wait_for_function("() => document.querySelectorAll('.person').length === 1")
    assert '2 templates' in page.locator('.person').inner_text()
    page.get_by_label('Name', exact=True).first.fill('nobody of this name')
    page.keyboard.press('Enter')
    page.get_by_text('Nobody fits this filter.').wait_for()
    page.reload()
    page.get_by_text('Nobody fits this filter.').wait_for()


def test_track_is_enrolled_as_somebody_new(pages: GuardedPages, known: KnownFaces) -> None:
    page = track_page(pages, known.seen(2, stranger=known.stranger(2)))
    page.get_by_role('button', name='Enroll as').click()
    page.get_by_role('dialog').get_by_label('Name').fill('Emmy Noether')
    page.get_by_text('Somebody new gets this name.').wait_for()
    page.keyboard.press('Enter')
    page.get_by_text('Enrolled as Emmy Noether').wait_for()
    page.get_by_role('heading', name='Emmy Noether', level=1).wait_for()
    page.get_by_role('link', name='Emmy Noether').last.click()
    page.get_by_role('link', name='from a track').wait_for()
    assert page.locator('.templates li').count() == 1
    page.locator('.seen li').first.wait_for()


def test_refusal_of_the_gate_says_why_and_admins_may_override(
        pages: GuardedPages, known: KnownFaces) -> None:
    pages.tolerated.append('status of 422')
    known.person('Max', 3, templates=1)
    track = known.seen(3, stranger=known.stranger(3), look=0)
    page = track_page(pages, track)
    page.get_by_role('button', name='Enroll as').click()
    dialog = page.get_by_role('dialog')
    dialog.get_by_role('button', name='Max').click()
    dialog.get_by_text('This person is known.').wait_for()
    page.keyboard.press('Enter')
    dialog.get_by_text('There is a template just like this face.').wait_for()
    dialog.get_by_role('button', name='Enroll anyway').click()
    page.get_by_text('Enrolled as Max').wait_for()
    page.goto(page.url.split('#')[0] + '#/audit')
    page.locator('tr', has_text='overridden: near_duplicate').first.wait_for()


def test_face_that_is_more_like_somebody_else_names_them(
        pages: GuardedPages, known: KnownFaces) -> None:
    pages.tolerated.append('status of 422')
    known.person('Nearer', 4, templates=2)
    known.person('Farther', 5, templates=1)
    page = track_page(pages, known.seen(4, stranger=known.stranger(4)))
    page.get_by_role('button', name='Enroll as').click()
    page.get_by_role('dialog').get_by_label('Name').fill('Farther')
    page.keyboard.press('Enter')
    page.get_by_role('dialog').get_by_text('It is more like Nearer.').wait_for()


def test_not_this_person_takes_the_name_away_and_can_be_taken_back(
        pages: GuardedPages, known: KnownFaces) -> None:
    track = known.seen(6, person=known.person('Wrong', 6, templates=1))
    page = track_page(pages, track)
    page.get_by_text('similarity 0.71').wait_for()
    page.get_by_role('button', name='Not this person').click()
    page.get_by_text('Not Wrong: this track and its events lost the name.').wait_for()
    page.get_by_role('heading', name='robot', level=1).wait_for()
    assert known.ask(f'tracks/{track}')['identity']['person'] is None
    assert page.evaluate('document.activeElement.textContent') == 'It is Wrong after all'
    page.keyboard.press('Enter')
    page.get_by_text('Enrolled as Wrong.').wait_for()
    assert known.ask(f'tracks/{track}')['identity']['person']['name'] == 'Wrong'


def test_event_is_corrected_by_one_click(pages: GuardedPages, known: KnownFaces) -> None:
    track = known.seen(7, person=known.person('Mistaken', 7, templates=1))
    page = pages.open('#/events?type=person_identified')
    seq = page.locator('article', has_text='Mistaken was identified').get_attribute('data-seq')
    card = page.locator(f'article[data-seq="{seq}"]')
    card.get_by_role('button', name='Not this person').click()
    card.get_by_text('robot was given a wrong name').wait_for()
    card.get_by_text('Corrected: the name was wrong').wait_for()
    assert page.get_by_text('Mistaken was identified').count() == 0
    assert known.ask(f'tracks/{track}')['identity']['person'] is None


def test_stranger_is_named_and_past_tracks_with_them(
        pages: GuardedPages, known: KnownFaces) -> None:
    number = known.stranger(8, tracks=2)
    page = pages.open('#/strangers')
    card = page.locator(f'[data-stranger="{number}"]')
    card.get_by_text('Seen in 2 tracks').wait_for()
    card.get_by_role('button', name='Name stranger').click()
    page.get_by_role('dialog').get_by_label('Name').fill('Named One')
    page.keyboard.press('Enter')
    page.get_by_text(f'Stranger {number} is Named One now').wait_for()
    assert page.locator(f'[data-stranger="{number}"]').count() == 0
    page.get_by_role('link', name='Named One').click()
    page.locator('.seen li').nth(1).wait_for()
    page.get_by_text('from a stranger').first.wait_for()


def test_stranger_is_forgotten_after_asking(pages: GuardedPages, known: KnownFaces) -> None:
    number = known.stranger(9)
    page = pages.open('#/strangers')
    card = page.locator(f'[data-stranger="{number}"]')
    card.get_by_role('button', name='Forget').click()
    page.get_by_role('button', name='Cancel').click()
    assert page.evaluate('document.activeElement.textContent') == 'Forget…'
    card.get_by_role('button', name='Forget').click()
    page.get_by_role('dialog').get_by_role('button', name='Forget').click()
    card.wait_for(state='detached')


def test_picture_is_enrolled_where_an_embedder_runs(
        pages: GuardedPages, known: KnownFaces, scene: LiveScene) -> None:
    pages.tolerated += ['status of 503', 'status of 422']
    person = known.person('Pictured')
    page = pages.open(f'#/people/{person}')
    field = page.get_by_label('Add a picture')
    field.set_input_files(picture_file())
    page.get_by_text('No embedder answers').wait_for()
    assert page.get_by_role('button', name='Enroll anyway').count() == 0
    scene.embed_picture = embedder(10, faces=2)
    field.set_input_files(picture_file())
    page.get_by_text('There is more than one face.').wait_for()
    scene.embed_picture = embedder(10, side_px=40)
    field.set_input_files(picture_file())
    page.get_by_text('The face is too small.').wait_for()
    scene.embed_picture = embedder(10)
    field.set_input_files(picture_file())
    page.locator('.templates li', has_text='from a picture').wait_for()
    scene.embed_picture = no_embedder
    assert page.locator('.portrait img').count() == 1
    page.on('dialog', lambda dialog: dialog.accept())
    page.get_by_role('button', name='Delete the template').click()
    page.get_by_text('None yet: this person cannot be recognised').wait_for()


def test_two_people_become_one_by_keyboard_alone(
        pages: GuardedPages, known: KnownFaces) -> None:
    pages.tolerated.append('status of 404')
    double = known.person('Double', 11, templates=1)
    known.person('Remaining', 12, templates=1)
    page = pages.open('#/people?query=Double')
    page.locator('.person').wait_for()
    page.locator('.person-link').focus()
    page.keyboard.press('Enter')
    page.get_by_role('heading', name='Double', level=1).wait_for()
    page.get_by_role('button', name='Merge').focus()
    page.keyboard.press('Enter')
    page.keyboard.press('Escape')
    assert page.evaluate('document.activeElement.textContent').startswith('Merge')
    page.keyboard.press('Enter')
    page.keyboard.type('Nobody At All')
    page.keyboard.press('Enter')
    page.get_by_text('Nobody is called Nobody At All.').wait_for()
    page.keyboard.press('Shift+Home')
    page.get_by_role('dialog').get_by_label('Merge into').focus()
    page.keyboard.press('Control+A')
    page.keyboard.type('Remaining')
    page.keyboard.press('Enter')
    page.get_by_role('heading', name='Remaining', level=1).wait_for()
    page.wait_for_function("() => document.querySelectorAll('.templates li').length === 2")
    page.goto(f'{page.url.split("#")[0]}#/people/{double}')
    page.get_by_text('There is nobody of this number').wait_for()


def test_forgetting_takes_the_name_typed_and_gives_a_receipt(
        pages: GuardedPages, known: KnownFaces) -> None:
    person = known.person('Forgettable', 13, templates=3)
    known.seen(13, person=person)
    page = pages.open(f'#/people/{person}')
    page.get_by_role('button', name='Forget').click()
    dialog = page.get_by_role('dialog')
    dialog.get_by_text('3 templates with pictures').wait_for()
    sure = dialog.get_by_role('button', name='Forget for ever')
    assert sure.is_disabled()
    dialog.get_by_label('Type the name').fill('Forgettabl')
    assert sure.is_disabled()
    dialog.get_by_label('Type the name').fill('Forgettable')
    sure.click()
    dialog.get_by_text('Forgotten. This went:').wait_for()
    receipt = dialog.locator('.receipt').inner_text()
    assert '3 templates' in receipt
    assert '1 track lost the name' in receipt
    dialog.get_by_role('button', name='Close').click()
    page.get_by_role('heading', name='People', level=1).wait_for()
    assert page.locator('.person', has_text='Forgettable').count() == 0
    page.goto(f'{page.url.split("#")[0]}#/events?type=person_identified')
    page.get_by_text('Corrected: the person was forgotten').first.wait_for()
    assert 'Forgettable' not in page.content()


def test_who_is_known_is_named_live_beside_the_box(
        pages: GuardedPages, known: KnownFaces, scene: LiveScene) -> None:
    person = known.person('Visible', 14, templates=3)
    page = pages.open('#/camera/front')
    scene.embed = lambda step: face(14, 100 + step)
    page.wait_for_selector('canvas[aria-label="front: Visible: 1"]', timeout=30_000)
    page.evaluate("location.hash = '#/events?type=person_identified'")
    page.locator('article', has_text='Visible was identified').first.wait_for()
    known.scene.submit(ChangePerson(person, None, None, 'withdrawn', 'test', time.time_ns()))
    page.evaluate("location.hash = '#/camera/front'")
    page.wait_for_selector('canvas[aria-label="front: robot: 1"]', timeout=30_000)
    scene.embed = None


def test_stranger_appears_as_they_come(
        pages: GuardedPages, known: KnownFaces, scene: LiveScene) -> None:
    page = pages.open('#/strangers')
    page.locator('.stranger, .empty').first.wait_for()
    before = page.locator('.stranger').count()
    scene.embed = lambda step: face(15, 100 + step)
    page.wait_for_function(
        "n => document.querySelectorAll('.stranger').length > n", arg=before, timeout=30_000)
    scene.embed = None
