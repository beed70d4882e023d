import pytest

from smartcam_bridge.domain.match_times import MatchTimes


def test_before_the_first_face_there_is_nothing_to_tell() -> None:
    assert MatchTimes().percentiles_ms() is None


def test_a_batch_counts_for_each_of_its_faces() -> None:
    times = MatchTimes()
    times.add(1, 0.009)
    times.add(99, 0.099)
    assert times.probes == 100 and times.percentiles_ms() == (1.0, 1.0)
    times.add(10, 0.090)
    assert times.percentiles_ms() == (1.0, 9.0)


@pytest.mark.parametrize('batch', [1, 7, 1000, 5000])
def test_what_is_long_ago_counts_no_more(batch: int) -> None:
    times = MatchTimes()
    times.add(1, 1000.0)
    for _ in range(5000 // batch):
        times.add(batch, 0.002 * batch)
    assert times.percentiles_ms() == (2.0, 2.0)
