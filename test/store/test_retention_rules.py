"""Whatever there is: what is pinned stays, age decides, then size, the oldest first."""
import contextlib
from dataclasses import dataclass
import json
from pathlib import Path
import tempfile

from hypothesis import given, HealthCheck, settings as profile, strategies as st
from kept_things import (
    add_labels, add_track, dangling, files, folder_of, ids, LABELS, NOW_NS)
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.engine import open_store
from smartcam_bridge.store.retention import purge, PurgeReport

DAYS = st.integers(0, 40).map(lambda n: n / 4 + 0.1)    # never just as old as a rule of whole days
RULE = st.integers(0, 9)


@dataclass(frozen=True)
class Target:
    """A track, and what hangs on it."""

    age_days: float
    camera_id: int
    label_id: int
    is_open: bool
    pinned: bool
    event_pinned: bool
    picture_bytes: tuple[int, ...]

    @property
    def kept(self) -> bool:
        """Say whether it stays whatever happens."""
        return self.is_open or self.pinned or self.event_pinned


TARGETS = st.lists(st.builds(
    Target, age_days=DAYS, camera_id=st.sampled_from([1, 2]), label_id=st.sampled_from([1, 2]),
    is_open=st.booleans(), pinned=st.sampled_from([False, False, True]),
    event_pinned=st.sampled_from([False, False, True]),
    picture_bytes=st.sampled_from([(), (300_000, 900_000), (1, 2), (400_000, 400_000)])),
    max_size=12)
KEEP = st.fixed_dictionaries({'tracks_keep_days': RULE, 'events_keep_days': RULE,
                              'media_keep_days': RULE})
OWN = st.fixed_dictionaries({}, optional={
    'tracks_keep_days': RULE, 'media_keep_days': RULE, 'labels': st.fixed_dictionaries(
        {}, optional={'person': st.fixed_dictionaries({}, optional={
            'tracks_keep_days': RULE, 'media_keep_days': RULE, 'events_keep_days': RULE})})})


@profile(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(targets=TARGETS, keep=KEEP, own=OWN, media_max_mb=st.integers(0, 3))
def test_a_purge_leaves_exactly_what_the_rules_say(
        targets: list[Target], keep: dict, own: dict, media_max_mb: int) -> None:
    def too_old(name: str, target: Target) -> bool:
        rules = keep if target.camera_id == 2 else (
            keep | own | own.get('labels', {}).get(LABELS[target.label_id], {}))
        return 0 < rules[name] < target.age_days

    numbered = dict(enumerate(targets, 1))
    tracks = {n for n, t in numbered.items() if t.kept or not too_old('tracks_keep_days', t)}
    pictures = {n for n in tracks if numbered[n].picture_bytes and (
        numbered[n].kept or not too_old('media_keep_days', numbered[n]))}
    for n in sorted(pictures, key=lambda n: (-numbered[n].age_days, n)):    # the oldest first
        total = sum(sum(numbered[other].picture_bytes) for other in pictures)
        if media_max_mb and total > media_max_mb * 1_000_000 and not numbered[n].kept:
            pictures.remove(n)
    events = {10 * n for n, t in numbered.items() if t.event_pinned or (
        t.pinned and n in tracks) or not too_old('events_keep_days', t)}

    with tempfile.TemporaryDirectory() as name, contextlib.closing(
            open_store(Path(name) / 'smartcam.sqlite3')) as connection:
        folder = folder_of(Path(name) / 'smartcam.sqlite3')
        add_labels(connection)
        connection.executemany(
            'INSERT INTO cameras (id, name, enabled, width, height, image_topic, info_topic,'
            " detections_topic, tracks_topic, retention) VALUES (?, ?, 1, 0, 0, '', '', '', '',"
            ' ?)', [(1, 'one', json.dumps(own)), (2, 'two', '{}')])
        for number, target in numbered.items():
            add_track(connection, folder, number, **vars(target))
        chosen = Settings.from_values(keep | {'media_max_mb': media_max_mb})
        *_, report = purge(connection, NOW_NS, chosen, folder)

        assert report.complete
        assert ids(connection, 'tracks') == tracks == ids(connection, 'visits', 'track_id')
        assert tracks == ids(connection, 'crossings', 'track_id')
        assert ids(connection, 'events') == events
        assert ids(connection, 'media', 'track_id') == pictures
        assert len(files(folder)) == 2 * len(pictures)
        assert dangling(connection, folder) == []
        assert report.tracks == len(targets) - len(tracks)
        assert report.events == len(targets) - len(events)
        *_, again = purge(connection, NOW_NS, chosen, folder)
        assert again == PurgeReport(complete=True)
