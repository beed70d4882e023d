"""`#/health` tells how recognition is: whom it knows, what became of faces, how long it takes."""
from collections.abc import Callable
import re
from typing import Any

from guarded_pages import GuardedPages
from known_faces import face, KnownFaces
from live_scene import LiveScene
import pytest
from test_access import CONTRASTS, FAULTS


@pytest.mark.parametrize(('counters', 'expected'), [
    ({}, []), ({'faces': 9, 'known': 3}, []),
    ({'compared': 2, 'too_small': 5, 'not_finite': 0},
     [['too small', 5], ['compared with people', 2]])])
def test_what_became_of_faces_is_told_the_most_first(
        run_module: Callable[..., Any], counters: dict[str, int], expected: list[Any]) -> None:
    assert run_module('recognition_health.js', 'return m.becameOf(argument)', counters) == expected


def test_every_reason_not_to_compare_a_face_has_words(run_module: Callable[..., Any]) -> None:
    from smartcam_bridge.domain.face_tally import FaceTally
    names = list(FaceTally().as_json())
    refused = names[names.index('unknown_model'):names.index('compared')]
    said = run_module('recognition_health.js', 'return m.becameOf(argument)',
                      dict.fromkeys(refused, 1))
    assert len(said) == len(refused)


def test_recognition_is_told_as_soon_as_there_are_people(
        pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open('#/health', viewport={'width': 375, 'height': 700})
    page.get_by_role('heading', name='Recorder').wait_for()
    section = page.locator('section', has=page.get_by_role('heading', name='Recognition'))
    assert section.count() == 0, 'nobody is known, no face came'
    KnownFaces(scene).person('Hedy', 31, templates=3)
    scene.embed = lambda step: face(31, 100 + step)
    try:
        section.get_by_text('compared with people').wait_for()
        section.get_by_text(re.compile(r'sface: \d+ faces, ')).wait_for()
        section.get_by_text(re.compile(r'[\d.]+ ms, of 20 the slowest [\d.]+ ms')).wait_for()
        page.wait_for_function("""() => [...document.querySelectorAll('.facts div')].some(
            fact => fact.textContent.startsWith('Tracks named') && !fact.textContent.endsWith('0')
        )""")
    finally:
        scene.embed = None
    assert page.evaluate(FAULTS) == []
    assert [text for text in page.evaluate(CONTRASTS) if text['ratio'] < text['least']] == []
    assert page.evaluate('document.documentElement.scrollWidth') == 375
