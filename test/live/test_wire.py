"""JSON reads the same with and without orjson."""
import json

import numpy as np
import pytest

from smartcam_bridge.live import wire


@pytest.fixture(params=['orjson', 'json'])
def to_json(request, monkeypatch):
    if request.param == 'json':
        monkeypatch.setattr(wire, 'orjson', None)
    elif wire.orjson is None:
        pytest.skip('orjson is not installed')
    return wire.to_json


def test_arrays_become_lists_within_a_millionth(to_json):
    value = {'boxes': np.float32([[0.1, 0.2, 0.3, 0.4]]), 'tracks': np.uint32([7, 2**32 - 1])}
    read = json.loads(to_json(value))
    assert read['tracks'] == [7, 2**32 - 1]
    assert read['boxes'][0] == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=1e-6)


def test_empty_and_long_and_foreign_texts_survive(to_json):
    value = {'ids': ('', 'x' * 1000, 'Füße 猫', '"\\\n\0'), 'none': np.zeros((0, 4), np.float32)}
    assert json.loads(to_json(value)) == {'ids': list(value['ids']), 'none': []}


def test_what_has_no_json_form_is_refused(to_json):
    with pytest.raises(TypeError):
        to_json({'what': object()})
