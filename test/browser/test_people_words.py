"""What the page says of people: words, refusals, and pictures that are small enough to send."""
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(('name', 'letters'), [
    ('Ada Lovelace', 'AL'), ('mary', 'M'), ('Žofie  von Ün', 'ŽÜ'), ('  ', '?'), (None, '?'),
    ('\U0001f600 x', '\U0001f600X')])
def test_who_has_no_picture_has_letters(run_module: Run, name: str | None, letters: str) -> None:
    assert run_module('people_words.js', 'return m.initials(argument)', name) == letters


@pytest.mark.parametrize(('consent', 'is_recognised'), [
    ('not_asked', True), ('given', True), ('refused', False), ('withdrawn', False)])
def test_consent_is_said_in_a_word(run_module: Run, consent: str, is_recognised: bool) -> None:
    said, words = run_module(
        'people_words.js',
        'return [m.recognised(argument), m.consentMark(argument).textContent]', consent)
    assert said is is_recognised
    assert words == f'Consent: {consent.replace("_", " ")}'


@pytest.mark.parametrize(('problem', 'words', 'may_override'), [
    ({'status': 422, 'code': 'face_too_small'}, 'nearer to the camera', True),
    ({'status': 422, 'code': 'face_blurred'}, 'sharper', True),
    ({'status': 422, 'code': 'near_duplicate', 'body': {'similarity': 0.987}}, '0.99', True),
    ({'status': 422, 'code': 'consent'}, 'Change the consent', False),
    ({'status': 422, 'code': 'several_faces'}, 'one only', False),
    ({'status': 503, 'code': 'no_embedder'}, 'face_embedder', False),
    ({'status': 422, 'code': 'unheard_of', 'message': 'the reason'}, 'the reason', False)])
def test_refusal_says_what_to_do(
        run_module: Run, problem: dict[str, Any], words: str, may_override: bool) -> None:
    said, overridable = run_module(
        'enroll.js', 'return [m.refusalWords(argument), m.overridable(argument)]', problem)
    assert words in said
    assert overridable is may_override


@pytest.mark.parametrize(('size', 'expected'), [
    ((3000, 2000), 1280), ((400, 300), 400), ((20, 4000), 1280)])
def test_picture_is_made_small_enough_to_send(
        run_module: Run, size: tuple[int, int], expected: int) -> None:
    body = """
      const [width, height] = argument;
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      for (let i = 0; i < 3000; i += 1) {
        context.fillStyle = `rgb(${i * 7 % 256} ${i * 31 % 256} ${i * 77 % 256})`;
        context.fillRect(i * 97 % width, i * 61 % height, 40, 40);
      }
      const blob = await canvas.convertToBlob({ type: 'image/png' });
      const sent = await m.smallJpeg(blob);
      const bytes = Uint8Array.from(atob(sent), c => c.charCodeAt(0));
      const made = await createImageBitmap(new Blob([bytes]));
      return [Math.max(made.width, made.height), bytes.length, bytes[0], bytes[1]];"""
    longer, length, *magic = run_module(
        'picture_file.js', f'return (async () => {{ {body} }})();', list(size))
    assert magic == [0xFF, 0xD8]
    assert length <= 180_000
    assert longer <= expected


def test_what_is_no_picture_is_said_so(run_module: Run) -> None:
    said = run_module('picture_file.js', """
      return m.smallJpeg(new Blob(['no picture'])).catch(error => error.message);""")
    assert 'no picture' in said
