"""Wishes for images, joined."""
from smartcam_bridge.live.demand import Demand


def test_images_come_with_the_first_wish_and_go_with_the_last() -> None:
    told = []
    demand = Demand(lambda camera, wanted: told.append((camera, wanted)))
    demand.want('viewers', 'yard', True)
    demand.want('best shots', 'yard', True)
    demand.want('best shots', 'yard', True)
    demand.want('viewers', 'yard', False)
    assert told == [('yard', True)]
    demand.want('best shots', 'yard', False)
    assert told == [('yard', True), ('yard', False)]


def test_cameras_are_apart_and_nothing_is_given_back_twice() -> None:
    told = []
    demand = Demand(lambda camera, wanted: told.append((camera, wanted)))
    demand.want('viewers', 'yard', False)
    demand.want('viewers', 'gate', True)
    demand.want('viewers', 'yard', False)
    assert told == [('gate', True)]
