import numpy as np
import pytest

from smartcam_bridge.companions.demo_people import DemoPeople
from smartcam_bridge.companions.settings import DemoSettings
from smartcam_bridge.errors import SettingsError, SmartcamError


def test_the_gallery_file_has_every_persons_templates_and_no_strangers(tmp_path):
    people = DemoPeople(DemoSettings(identities=5, strangers=3, seed=4))
    people.write_gallery(str(tmp_path / 'gallery.npz'), 2)
    assert [path.name for path in tmp_path.iterdir()] == ['gallery.npz']
    with np.load(tmp_path / 'gallery.npz') as gallery:
        names, vectors = gallery['names'].tolist(), gallery['vectors']
        assert str(gallery['model']) == 'arcface' and vectors.shape == (10, 512)
    assert names == [people.name(player) for player in range(5) for _ in range(2)]
    assert (vectors @ people.world.identities.T).argmax(axis=1).tolist() == [
        0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_everybody_has_a_name_of_their_own():
    people = DemoPeople(DemoSettings(identities=300, strangers=20))
    names = [people.name(player) for player in range(320)]
    assert len(set(names)) == 320
    assert names[:2] == ['Ada Ahrens', 'Bruno Bellini'] and names[300] == 'stranger 1'


def test_people_who_cannot_be_are_refused_as_settings():
    with pytest.raises(SettingsError, match='lookalikes'):
        DemoPeople(DemoSettings(identities=5, strangers=3, lookalikes=2))


def test_a_gallery_that_cannot_be_written_says_where(tmp_path):
    people = DemoPeople(DemoSettings(identities=1, strangers=0))
    (tmp_path / 'file').touch()
    with pytest.raises(SmartcamError, match=str(tmp_path / 'file')):
        people.write_gallery(str(tmp_path / 'file' / 'gallery.npz'), 1)
