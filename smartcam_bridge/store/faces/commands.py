"""What answers each command about people; see `store.people_tasks`."""
from typing import Any, Callable, Mapping

from smartcam_bridge.store import people_tasks as tasks
from smartcam_bridge.store.faces.enroll import enroll_face, name_stranger
from smartcam_bridge.store.faces.forget import forget_person, forget_stranger
from smartcam_bridge.store.faces.merge import merge_people
from smartcam_bridge.store.faces.people import (
    change_person, create_person, delete_template, export_person)
from smartcam_bridge.store.faces.rejections import reject_identity
from smartcam_bridge.store.faces.stranger_merge import merge_strangers
from smartcam_bridge.store.faces.work import Work

ANSWERS: Mapping[type, Callable[[Work, Any], Any]] = {
    tasks.CreatePerson: create_person,
    tasks.ChangePerson: change_person,
    tasks.MergePeople: merge_people,
    tasks.ForgetPerson: forget_person,
    tasks.EnrollFace: enroll_face,
    tasks.DeleteTemplate: delete_template,
    tasks.ExportPerson: export_person,
    tasks.RejectIdentity: reject_identity,
    tasks.NameStranger: name_stranger,
    tasks.ForgetStranger: forget_stranger,
    tasks.MergeStrangers: merge_strangers,
}
"""Each raises where nothing is to be changed, and is rolled back then."""
