"""How often recognition goes wrong, against counting it by hand."""
import asyncio
import gc
import weakref

import jsonschema
import numpy as np
import pytest

from smartcam_bridge.domain.gallery import Gallery, unit
from smartcam_bridge.domain.people import People
from smartcam_bridge.web import rates as module
from smartcam_bridge.web.openapi import document
from smartcam_bridge.web.rates import Rates

RATES = '/api/v1/faces/rates'


def gallery(*, people=12, templates=5, seed=3, model='sface'):
    """Return a gallery, and person and vector of each template in float64."""
    dice, kept, all_ = np.random.default_rng(seed), Gallery(model, 8), []
    for person in range(1, people + 1):
        middle = dice.standard_normal(8)
        for _ in range(templates if person > 1 else 1):
            vector = unit(middle + 0.8 * dice.standard_normal(8))
            all_.append((person, vector.astype(np.float64)))
            kept.add(len(all_), person, vector)
    return kept, all_


async def ask(api, status=200, **query):
    answer = await api.get(RATES, params=query)
    value = await answer.json(content_type=None)
    assert answer.status == status, value
    if status == 200:
        whole = document()
        jsonschema.validate(value, {**whole['components']['schemas']['FaceRates'],
                                    'components': whole['components']})
    return value


async def test_the_curve_is_what_counting_gives(served, api):
    kept, all_ = gallery()
    served.people = People({}, {'sface': kept.snapshot()})
    told = await ask(api)
    assert (told['model'], told['people'], told['templates'], told['sampled']) == (
        'sface', 12, 56, 56)
    genuine, impostor = [], []
    for row, (person, vector) in enumerate(all_):
        others = [(whose, float(vector @ other)) for place, (whose, other) in enumerate(all_)
                  if place != row]
        impostor.append(max(value for whose, value in others if whose != person))
        if own := [value for whose, value in others if whose == person]:
            genuine.append(max(own))
    assert len(genuine) == 55       # one person has one template only
    for rate in (*told['curve'], told['at_threshold']):
        threshold = rate['threshold']
        assert rate['false_accept'] == pytest.approx(
            np.mean([value >= threshold for value in impostor]), abs=1e-6)
        assert rate['false_reject'] == pytest.approx(
            np.mean([value < threshold for value in genuine]), abs=1e-6)
    assert [rate['threshold'] for rate in told['curve']] == [step / 100 for step in range(101)]
    assert told['at_threshold']['threshold'] == told['threshold'] == 0.363


async def test_an_empty_gallery_has_nothing_to_count(served, api):
    told = await ask(api, model='arcface')
    assert (told['people'], told['templates'], told['threshold']) == (0, 0, 0.4)
    assert told['at_threshold'] == {
        'threshold': 0.4, 'false_accept': None, 'false_reject': None}
    kept, _ = gallery(people=1)
    served.people = People({}, {'sface': kept.snapshot()})
    assert (await ask(api))['at_threshold']['false_accept'] is None


async def test_a_model_that_nobody_knows_is_refused(api):
    assert (await ask(api, 422, model='mine'))['code'] == 'unknown_model'
    assert (await ask(api, 422, model='a b'))['code'] == 'invalid_query'


async def test_a_gallery_that_changes_is_measured_anew(served, api):
    kept, _ = gallery()
    served.people = People({}, {'sface': kept.snapshot()})
    before = await ask(api)
    assert await ask(api) == before
    kept.remove([1, 2, 3])
    served.people = People({}, {'sface': kept.snapshot()})
    after = await ask(api)
    assert (after['templates'], after['people']) == (53, 11) and after != before


async def test_who_asks_at_the_same_time_waits_for_the_same(monkeypatch):
    measured = []

    def measure(snapshot):
        measured.append(snapshot)
        return len(measured)
    monkeypatch.setattr(module, 'measure_rates', measure)
    one, other = gallery()[0].snapshot(), gallery(model='arcface')[0].snapshot()
    rates = Rates()
    found = await asyncio.gather(*(rates.of(each) for each in (one, other, one, one)))
    assert found == [1, 2, 1, 1] and measured == [one, other]
    leaving = asyncio.ensure_future(rates.of(gallery()[0].snapshot()))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await rates.of(one) == 4 and len(measured) == 4


async def test_a_measurement_that_failed_is_tried_again(monkeypatch):
    answers = [MemoryError('x'), 7]

    def measure(snapshot):
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found
    monkeypatch.setattr(module, 'measure_rates', measure)
    rates, one = Rates(), gallery()[0].snapshot()
    with pytest.raises(MemoryError):
        await rates.of(one)
    assert await rates.of(one) == 7


async def test_rates_keep_no_gallery_that_everybody_else_let_go_of():
    rates, kept = Rates(), gallery()[0]
    snapshot = kept.snapshot()
    gone = weakref.ref(snapshot)
    await rates.of(snapshot)
    del snapshot
    gc.collect()
    assert gone() is None
    kept.remove([1])
    assert kept.reclaim() == 0      # who is forgotten is overwritten
