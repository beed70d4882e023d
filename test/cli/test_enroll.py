"""`smartcam enroll` against a web side with a real store."""
from concurrent.futures import Future
import json
import os
from pathlib import Path
import sys
from typing import Any, Callable, Iterator

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / 'web'))  # for serving

from serving import serve, Served  # noqa: E402, I100
from smartcam_bridge.cli.main import main  # noqa: E402
from smartcam_bridge.domain.faces import Embeddings, Faces  # noqa: E402
from smartcam_bridge.domain.model import DETECTION  # noqa: E402
from smartcam_bridge.store.engine import database_path, open_current  # noqa: E402
from smartcam_bridge.store.tokens import list_tokens  # noqa: E402

Enroll = Callable[..., int]
RNG = np.random.default_rng(1)
FACES = np.linalg.qr(RNG.standard_normal((512, 512)))[0][:6].astype(np.float32)


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Served]:
    """Return a web side and its store, which is found as a bridge's is."""
    with serve(tmp_path / 'data', face_model='arcface') as served:
        (tmp_path / 'data' / 'run').mkdir(exist_ok=True)
        (tmp_path / 'data' / 'run' / 'bridge.json').write_text(
            json.dumps({'pid': os.getpid(), 'url': served.url}))
        yield served


@pytest.fixture
def enroll(tmp_path: Path) -> Enroll:
    """Return a function that runs the command."""
    return lambda source, *words: main(
        ['enroll', str(source), '--data-dir', str(tmp_path / 'data'), *words])


def gallery(path: Path, names: list[str], vectors: Any, **more: Any) -> Path:
    """Write an .npz file."""
    np.savez(path, names=np.array(names), vectors=vectors, **more)
    return path


def held(bridge: Served) -> dict[str, int]:
    """Return how many templates the people have, by name."""
    templates = bridge.people.galleries['arcface'] if bridge.people.galleries else None
    counts = dict.fromkeys(bridge.people.names.values(), 0)
    if templates is not None:
        for face in FACES:
            for found in templates.match(face[None], 9)[0]:
                counts[bridge.people.names[found.person_id]] += found.similarity > 0.99
    return counts


def test_a_file_is_enrolled_once_however_often_it_is_given(
        bridge: Served, enroll: Enroll, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    source = gallery(tmp_path / 'g.npz', ['Ada', 'Ada', 'Bo'], FACES[:3], model='arcface')
    assert enroll(source) == 0
    assert capsys.readouterr().out == (
        'enrolled 3 faces, passed over 0 that were there, refused 0; added 2 people\n')
    assert held(bridge) == {'Ada': 2, 'Bo': 1}
    assert enroll(source) == 0
    assert capsys.readouterr().out == (
        'enrolled 0 faces, passed over 3 that were there, refused 0; added 0 people\n')
    assert held(bridge) == {'Ada': 2, 'Bo': 1}


def test_what_the_gate_refuses_is_told_and_the_rest_goes_on(
        bridge: Served, enroll: Enroll, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    names, vectors = ['Ada', 'Bo', 'Cy'], [FACES[0], FACES[0] + 0.1 * FACES[1], FACES[2]]
    source = gallery(tmp_path / 'g.npz', names, np.array(vectors))
    assert enroll(source) == 1
    said = capsys.readouterr()
    assert 'enrolled 2 faces' in said.out and 'refused 1' in said.out
    assert 'Bo (row 1) is refused: nearer_to_other: ' in said.err
    assert held(bridge)['Bo'] == 0
    assert enroll(source, '--override') == 0
    assert 'enrolled 1 faces, passed over 2' in capsys.readouterr().out
    assert held(bridge)['Bo'] == 1


def test_nothing_is_done_where_somebody_is_known_if_so_asked(
        bridge: Served, enroll: Enroll, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    source = gallery(tmp_path / 'g.npz', ['Ada'], FACES[:1])
    assert enroll(source, '--if-empty') == 0
    assert held(bridge) == {'Ada': 1}
    assert enroll(gallery(tmp_path / 'h.npz', ['Bo'], FACES[1:2]), '--if-empty') == 0
    assert 'nobody enrolled: 1 people are known' in capsys.readouterr().out
    assert held(bridge) == {'Ada': 1}


def test_a_folder_of_pictures_is_enrolled_by_whose_folder_it_is(
        bridge: Served, enroll: Enroll, tmp_path: Path) -> None:
    cv2 = pytest.importorskip('cv2', reason='needs OpenCV')
    jpeg = cv2.imencode('.jpg', np.full((200, 200, 3), 90, np.uint8))[1].tobytes()
    for name, files in {'Ada': ('1.jpg', '2.PNG', 'notes.txt'), 'Bo': ('1.jpeg',)}.items():
        (tmp_path / 'pictures' / name).mkdir(parents=True)
        for file in files:
            (tmp_path / 'pictures' / name / file).write_bytes(jpeg)
    asked: list[bytes] = []

    def embed(picture: bytes) -> 'Future[Any]':
        asked.append(picture)
        box = np.array([(100, 100, 0, 120, 140, 0.9)], DETECTION)
        done: 'Future[Any]' = Future()
        done.set_result((Faces(1, 'enroll', box, ('',), np.ones((1, 3), np.float32)),
                         Embeddings(1, 'enroll', FACES[len(asked) - 1:len(asked)]), (200, 200)))
        return done

    bridge.embed_picture = embed
    assert enroll(tmp_path / 'pictures') == 0
    assert len(asked) == 3
    assert held(bridge) == {'Ada': 2, 'Bo': 1}


def test_no_token_is_left_behind(bridge: Served, enroll: Enroll, tmp_path: Path) -> None:
    assert enroll(gallery(tmp_path / 'g.npz', ['Ada'], FACES[:1])) == 0
    connection = open_current(database_path(tmp_path / 'data'))
    try:
        assert [row.name for row in list_tokens(connection)] == ['first-admin']
    finally:
        connection.close()


@pytest.mark.parametrize('names, vectors, told', [
    (['Ada', 'Bo'], FACES[:1], 'n texts and (n, d) floats are needed'),
    (['Ada'], FACES[0], 'n texts and (n, d) floats are needed'),
    ([1], FACES[:1], 'n texts and (n, d) floats are needed'),
    (['Ada'], FACES[:1] * np.nan, 'NaN or infinity, first in row 0'),
    ([{}], FACES[:1], 'is no .npz file with names and vectors')])
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(
        bridge: Served, enroll: Enroll, tmp_path: Path, capsys: pytest.CaptureFixture[str],
        names: Any, vectors: Any, told: str) -> None:
    assert enroll(gallery(tmp_path / 'g.npz', names, vectors)) == 1
    assert told in capsys.readouterr().err
    assert held(bridge) == {}


@pytest.mark.parametrize('content', [b'', b'PK nothing', b'\x93NUMPY'])
def test_what_is_no_such_file_is_said_to_be_none(
        bridge: Served, enroll: Enroll, tmp_path: Path, capsys: pytest.CaptureFixture[str],
        content: bytes) -> None:
    (tmp_path / 'g.npz').write_bytes(content)
    assert enroll(tmp_path / 'g.npz') == 1
    assert 'g.npz is no .npz file' in capsys.readouterr().err
    assert enroll(tmp_path / 'nothing.npz') == 1
    assert 'nothing.npz' in capsys.readouterr().err


def test_a_name_that_cannot_be_ends_it_with_the_reason(
        bridge: Served, enroll: Enroll, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    assert enroll(gallery(tmp_path / 'g.npz', ['', 'Bo'], FACES[:2])) == 1
    said = capsys.readouterr()
    assert '(row 0) is refused: invalid_body' in said.err
    assert 'enrolled 1 faces' in said.out and held(bridge) == {'Bo': 1}


def test_without_a_bridge_it_says_so(enroll: Enroll, tmp_path: Path,
                                     capsys: pytest.CaptureFixture[str]) -> None:
    source = gallery(tmp_path / 'g.npz', ['Ada'], FACES[:1])
    assert enroll(source) == 1
    assert 'no bridge runs on' in capsys.readouterr().err
