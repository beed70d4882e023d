"""What answers each command about people; see `store.people_tasks`."""
from typing import Any, Callable, Mapping

from smartcam_bridge.store import people_tasks as tasks
from smartcam_bridge.store.faces.people import change_person, create_person, delete_template
from smartcam_bridge.store.faces.work import Work

ANSWERS: Mapping[type, Callable[[Work, Any], Any]] = {
    tasks.CreatePerson: create_person,
    tasks.ChangePerson: change_person,
    tasks.DeleteTemplate: delete_template,
}
"""Each raises where nothing is to be changed, and is rolled back then."""
