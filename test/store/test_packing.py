"""Packing keeps what it can hold, and says so where the bytes are not its own."""
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
import numpy as np
import pytest

from smartcam_bridge.domain.model import Observation, PATH_POINT, Source
from smartcam_bridge.errors import StoreError
from smartcam_bridge.store import packing
from store_builders import CAMERA, observation, track

UNIT = st.floats(0, 1, width=32)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    """Draw an observation of up to twenty boxes."""
    n = draw(st.integers(0, 20))
    return Observation(
        CAMERA, Source.TRACKS, 1, 2,
        corners=draw(hnp.arrays(np.float32, (n, 4), elements=UNIT)),
        scores=draw(hnp.arrays(np.float32, n, elements=UNIT)),
        label_ids=draw(hnp.arrays(np.uint16, n)), track_ids=draw(hnp.arrays(np.uint32, n)),
        labels=('',) * n, ids=('',) * n)


@given(st.lists(observations(), max_size=5))
def test_every_box_comes_back_within_half_a_step(several: list[Observation]) -> None:
    blobs = packing.pack(several)
    assert len(blobs) == len(several)
    for one, blob in zip(several, blobs):
        assert len(blob) == 1 + 16 * len(one.corners)
        boxes = packing.unpack(blob)
        assert (boxes['track'] == one.track_ids).all()
        assert (boxes['label'] == one.label_ids).all()
        half = 0.5 / 65535 + 1e-7
        assert (abs(boxes['score'] / 65535 - one.scores) <= half).all()
        assert (abs(boxes['corners'] / 65535 - one.corners) <= half).all()


@given(st.lists(observations(), max_size=5))
def test_many_unpack_as_each_alone(several: list[Observation]) -> None:
    blobs = packing.pack(several)
    boxes, blob_of = packing.unpack_many(blobs)
    for index, blob in enumerate(blobs):
        assert (boxes[blob_of == index] == packing.unpack(blob)).all()


@pytest.mark.parametrize('score, stored', [(0.0, 0), (1.0, 65535), (-3.0, 0), (7.0, 65535),
                                           (float('nan'), 0), (0.5, 32768)])
def test_scores_outside_are_brought_inside(score: float, stored: int) -> None:
    blob, = packing.pack([observation(scores=[score])])
    assert packing.unpack(blob)['score'].tolist() == [stored]


@pytest.mark.parametrize('blob, words', [
    (b'', 'damaged'), (b'\x02' + bytes(16), 'version 2'), (b'\x01' + bytes(15), '15 bytes')])
def test_bytes_that_are_no_boxes_are_refused(blob: bytes, words: str) -> None:
    for unpack in (packing.unpack, lambda b: packing.unpack_many([b]), packing.unpack_path):
        with pytest.raises(StoreError, match=words):
            unpack(blob)


@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_a_store_error(blob: bytes) -> None:
    for unpack in (packing.unpack, packing.unpack_path):
        try:
            unpack(blob)
        except StoreError:
            pass


def test_arrays_of_different_length_are_refused() -> None:
    good = observation(boxes=3)
    bad = Observation(CAMERA, Source.TRACKS, 1, 2, good.corners, good.scores[:2], good.label_ids,
                      good.track_ids, good.labels, good.ids)
    with pytest.raises(ValueError, match='differ in length'):
        packing.pack([good, bad])


def test_a_path_keeps_its_stamps_exactly() -> None:
    path = track().path
    back = packing.unpack_path(packing.pack_path(path))
    assert back.dtype == PATH_POINT
    assert (back['stamp_ns'] == path['stamp_ns']).all()
    assert np.allclose(back['x'], path['x'], atol=1e-5)
    assert np.allclose(back['y'], path['y'], atol=1e-5)
    assert len(packing.unpack_path(packing.pack_path(path[:0]))) == 0
