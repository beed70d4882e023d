"""Pictures on their way to an embedder and back, over real DDS; and every way it can fail."""
from concurrent.futures import Future
import time
from typing import Any, Callable, Iterator

import cv2
import numpy as np
import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402
from smartcam_bridge.companions import wire  # noqa: E402
from smartcam_bridge.errors import EmbedderUnavailable, FrameError  # noqa: E402
from smartcam_bridge.ros import picture_embedder  # noqa: E402
from smartcam_bridge.ros.picture_embedder import PictureEmbedder, WAITING_MAX  # noqa: E402
from talking import Talker  # noqa: E402
from vision_msgs.msg import Detection2DArray  # noqa: E402

PIXELS = np.full((48, 64, 3), 200, np.uint8)
JPEG = cv2.imencode('.jpg', PIXELS)[1].tobytes()
PNG = cv2.imencode('.png', PIXELS)[1].tobytes()
VECTORS = np.arange(8, dtype=np.float32).reshape(2, 4)


class Embedder:
    """Takes pictures; what it answers is the test's."""

    def __init__(self, talker: Talker) -> None:
        self.seen: list[CompressedImage] = []
        self._faces = talker.publisher(Detection2DArray, 'talker/enroll/faces')
        self._embeddings = talker.publisher(Image, 'talker/enroll/face_embeddings')
        talker.node.create_subscription(
            CompressedImage, 'talker/enroll/image/compressed', self.seen.append, 10)
        talker.matched(self._faces)
        talker.settle(self._embeddings)

    def answer(self, picture: CompressedImage, *, faces: int | None = 2,
               vectors: np.ndarray | None = VECTORS, shift_ns: int = 0) -> None:
        stamp = picture.header.stamp
        stamp_ns = stamp.sec * 10**9 + stamp.nanosec + shift_ns
        if vectors is not None:
            self._embeddings.publish(wire.embeddings(stamp_ns, 'enroll', vectors))
        if faces is not None:
            self._faces.publish(wire.face_array(
                stamp_ns, 'enroll', np.tile([10.0, 5, 30, 25], (faces, 1)), np.full(faces, 0.9),
                np.full((faces, 3), 0.5)))


@pytest.fixture
def pictures(talker: Talker) -> Iterator[PictureEmbedder]:
    """Return a picture embedder that listens."""
    made = PictureEmbedder(talker.node, lambda task: task())
    made.open()
    yield made
    made.close()


def wait(talker: Talker, answer: 'Future[Any]') -> Any:
    talker.until(answer.done)
    return answer.result()


@pytest.mark.parametrize('picture, form', [(JPEG, 'jpeg'), (PNG, 'png')], ids=['jpeg', 'png'])
def test_a_picture_comes_back_as_faces_and_embeddings(
        talker: Talker, pictures: PictureEmbedder, picture: bytes, form: str) -> None:
    embedder = Embedder(talker)
    answer = pictures.embed(picture)
    talker.until(lambda: embedder.seen)
    asked, = embedder.seen
    assert (bytes(asked.data), asked.format, asked.header.frame_id) == (picture, form, 'enroll')
    embedder.answer(asked, shift_ns=1)      # somebody else's picture
    embedder.answer(asked)
    faces, embeddings, size = wait(talker, answer)
    assert size == (64, 48)
    assert faces.boxes['cx'].tolist() == [20, 20]
    np.testing.assert_array_equal(embeddings.vectors, VECTORS)


def test_pictures_at_once_get_their_own_answers(
        talker: Talker, pictures: PictureEmbedder) -> None:
    embedder = Embedder(talker)
    answers = [pictures.embed(JPEG) for _ in range(WAITING_MAX)]
    with pytest.raises(EmbedderUnavailable, match='try again later'):
        pictures.embed(JPEG).result(0)
    talker.until(lambda: len(embedder.seen) == WAITING_MAX)
    for number, asked in reversed(list(enumerate(embedder.seen, 1))):
        embedder.answer(asked, faces=number, vectors=np.full((number, 4), number))
    for number, answer in enumerate(answers, 1):
        assert len(wait(talker, answer)[0].ids) == number
    later = pictures.embed(JPEG)
    talker.until(lambda: len(embedder.seen) > WAITING_MAX)
    embedder.answer(embedder.seen[-1])
    wait(talker, later)


def test_a_picture_without_faces_needs_no_embeddings(
        talker: Talker, pictures: PictureEmbedder) -> None:
    embedder = Embedder(talker)
    answer = pictures.embed(JPEG)
    talker.until(lambda: embedder.seen)
    embedder.answer(embedder.seen[0], faces=0, vectors=None)
    faces, embeddings, _ = wait(talker, answer)
    assert (faces.ids, len(embeddings.vectors)) == ((), 0)


def test_an_answer_that_does_not_fit_together_is_refused(
        talker: Talker, pictures: PictureEmbedder) -> None:
    embedder = Embedder(talker)
    answer = pictures.embed(JPEG)
    talker.until(lambda: embedder.seen)
    embedder.answer(embedder.seen[0], faces=3)
    with pytest.raises(EmbedderUnavailable, match='3 faces with 2 embeddings'):
        wait(talker, answer)


def test_without_an_embedder_it_is_said_at_once(pictures: PictureEmbedder) -> None:
    with pytest.raises(EmbedderUnavailable, match='start a face_embedder'):
        pictures.embed(JPEG).result(0)


def test_an_embedder_that_does_not_answer_is_given_up(
        talker: Talker, pictures: PictureEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Embedder(talker)
    monkeypatch.setattr(picture_embedder, 'WAIT_S', 0.2)
    began_s = time.monotonic()
    answer = pictures.embed(JPEG)
    pictures.look()
    assert not answer.done() or time.monotonic() > began_s + 0.2
    talker.until(lambda: pictures.look() or answer.done() and embedder.seen)
    with pytest.raises(EmbedderUnavailable, match='did not answer'):
        answer.result(0)
    embedder.answer(embedder.seen[0])      # too late: nobody waits
    talker.until(lambda: pictures._faces.received and pictures._embeddings.received)


@pytest.mark.parametrize('picture', [b'', b'GIF89a', JPEG[:100], PNG[:20]],
                         ids=['empty', 'gif', 'cut jpeg', 'cut png'])
def test_what_is_no_picture_is_refused(pictures: PictureEmbedder, picture: bytes) -> None:
    with pytest.raises(FrameError):
        pictures.embed(picture)


def test_a_stop_tells_those_who_wait(talker: Talker, pictures: PictureEmbedder) -> None:
    Embedder(talker)
    answer = pictures.embed(JPEG)
    pictures.close()
    with pytest.raises(EmbedderUnavailable, match='stops'):
        answer.result(0)


def test_who_does_not_wait_any_more_is_not_asked_for(talker: Talker) -> None:
    posted: list[Callable[[], None]] = []
    pictures = PictureEmbedder(talker.node, posted.append)
    pictures.open()
    assert pictures.embed(JPEG).cancel()
    posted.pop()()
    assert not pictures._waiting
