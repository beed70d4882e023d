"""Pages of a person's templates, and their pictures."""
from dataclasses import dataclass
import functools
from typing import Any, Mapping, NamedTuple

from smartcam_bridge.store.cursors import paged, PageQuery, Position
from smartcam_bridge.store.face_tables import template_pictures, templates
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, literal, select

_PICTURED = select(literal(1)).where(
    template_pictures.c.template_id == templates.c.id).exists()
TEMPLATES = select(*(templates.c[name] for name in (
    'created_ns', 'id', 'person_id', 'model', 'dimension', 'source', 'track_id', 'stamp_ns',
    'face_px', 'sharpness', 'pose', 'quality', 'created_by')), _PICTURED)
ONE = compiled(TEMPLATES.where(templates.c.id == bindparam('id')))
PICTURE = compiled(select(template_pictures.c.jpeg).where(
    template_pictures.c.template_id == bindparam('id')))


class StoredTemplate(NamedTuple):
    """A template as stored, without its vector. None: not known, or it has none."""

    created_ns: int
    id: int     # noqa: A003
    person_id: int
    model: str
    dimension: int
    source: str
    track_id: int | None
    stamp_ns: int | None
    face_px: float | None
    sharpness: float | None
    pose: float | None
    quality: float | None
    created_by: str
    has_picture: bool


@dataclass(frozen=True, slots=True)
class TemplateQuery(PageQuery):
    """Whose templates, and which page of them, by when they were enrolled."""

    person_id: int = 0

    def statement(self, position: Position | None) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the page from `position` on, and one row more."""
        built = _built(self.order == 'newest', position is not None)
        place = dict(zip(('stamp_ns', 'id'), position or ()))
        return built.sql, built.bound(rows=self.limit + 1, person=self.person_id, **place)


def template_of(row: tuple) -> StoredTemplate:
    """Make a StoredTemplate of a row."""
    *rest, has_picture = row
    return StoredTemplate(*rest, bool(has_picture))


@functools.lru_cache(maxsize=4)
def _built(newest: bool, continued: bool) -> Statement:
    return compiled(paged(TEMPLATES.where(templates.c.person_id == bindparam('person')),
                          (templates.c.created_ns, templates.c.id), newest,
                          '<=' if continued else ''))
