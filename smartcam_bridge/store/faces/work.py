"""What a command about people has at hand, and what it leaves for after its commit."""
from dataclasses import dataclass, field
import json
import sqlite3
from typing import Any

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Correction
from smartcam_bridge.domain.severity import SeverityRules
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.event_rows import store_events
from smartcam_bridge.store.face_tables import audit
from smartcam_bridge.store.faces.erasures import Erasure
from smartcam_bridge.store.faces.galleries import Galleries
from smartcam_bridge.store.sql import positional
from sqlalchemy import insert

_AUDIT = positional(insert(audit), ('at_ns', 'who', 'action', 'person_id', 'detail'))


@dataclass(slots=True)
class Work:
    """One command, inside its transaction, on the recorder's thread.

    corrections: of open tracks. heirs: whose the data of somebody are now. erasures: whom no copy
    of the store is to bring back.
    """

    connection: sqlite3.Connection
    settings: Settings
    galleries: Galleries
    corrections: list[Correction] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    heirs: dict[int, int] = field(default_factory=dict)
    gone_strangers: set[int] = field(default_factory=set)
    erasures: list[Erasure] = field(default_factory=list)

    def audit(self, command: Any, action: str, person_id: int = 0, **detail: Any) -> None:
        """Write down what was done, by whom and when; never what anybody is called."""
        self.connection.execute(_AUDIT, (
            command.at_ns, command.who, action, person_id or None,
            json.dumps(detail, ensure_ascii=False)))

    def tell(self, event: Event) -> None:
        """Store an event, which is told after the commit."""
        ranked = SeverityRules(self.settings.severities).ranked(event)
        self.events += store_events(self.connection, [ranked])
