"""Events of a portal: hints which item to read, never what is so (S-39).

Who sends is proven by the application's token, compared in constant time; the values in an event are not believed, so
one that is played again costs a reading. Nothing is asked of the portal here: the answer goes out at once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from leaddrum.crm import hints
from leaddrum.crm.bitrix24 import install
from leaddrum.crm.bitrix24.keys import DEAL, LEAD, item_key
from leaddrum.models import PortalApp

ENTITIES = {"ONCRMLEAD": LEAD, "ONCRMDEAL": DEAL}
DYNAMIC = "ONCRMDYNAMICITEM"
DOCUMENTS = {"LEAD": LEAD, "DEAL": DEAL}
QUIET = 60.0  # seconds between two log lines about strangers: they may come by the thousand
log = structlog.stdlib.get_logger("leaddrum.crm.bitrix24")


@dataclass
class Strangers:
    """Unproven events since the last line about them."""

    said_at: float = 0.0
    count: int = 0

    def say(self, event: str, member: str) -> None:
        self.count += 1
        if time.monotonic() - self.said_at < QUIET and self.said_at:
            return
        log.warning("event of an unknown sender refused", event_name=event[:40], member=member[:8], count=self.count)
        self.said_at, self.count = time.monotonic(), 0


strangers = Strangers()


def take_in(event: Mapping[str, str], *, now: datetime) -> int:
    """One event, as its form's fields; returns the HTTP status of the answer."""
    name = event.get("event", "").upper()
    if name == "ONAPPINSTALL":
        return _installed(event, now)
    app = _sender(event, name)
    if app is None:
        return 403
    if name == "ONAPPUNINSTALL":
        install.removed(app)
        return 200
    key = key_of(name, event)
    if key and app.state == PortalApp.State.INSTALLED:
        hints.drop(app.company_id, key, now=now)
    return 200


def robot(event: Mapping[str, str], *, now: datetime) -> int:
    """The robot “Drum” ran on an item: it is looked at now, not with the next sweep."""
    app = _sender(event, "robot")
    if app is None:
        return 403
    key = document(event.get("document_id[2]", ""))
    if key and app.state == PortalApp.State.INSTALLED:
        hints.drop(app.company_id, key, now=now)
    return 200


def _sender(event: Mapping[str, str], name: str) -> PortalApp | None:
    member = event.get("auth[member_id]", "")
    app = install.proven(member, event.get("auth[application_token]", ""))
    if app is None:
        strangers.say(name, member)
    return app


def _installed(event: Mapping[str, str], now: datetime) -> int:
    try:
        install.install(install.posted(event), now=now)
    except install.Refused as refused:
        log.warning("installation refused", why=str(refused), member=event.get("auth[member_id]", "")[:8])
        return 403
    return 200


def key_of(name: str, event: Mapping[str, str]) -> str:
    """The item an event speaks of, as in `Lead.crm_key`; empty: none of ours."""
    number = event.get("data[FIELDS][ID]", "")
    if not (number.isascii() and number.isdigit()):
        return ""
    if name.startswith(DYNAMIC):
        entity = event.get("data[FIELDS][ENTITY_TYPE_ID]", "")
        return item_key(int(entity), int(number)) if entity.isascii() and entity.isdigit() else ""
    entity_id = ENTITIES.get(name[: len("ONCRMLEAD")])
    return item_key(entity_id, int(number)) if entity_id else ""


def document(name: str) -> str:
    """The item of an automation's document, `LEAD_915` or `DYNAMIC_1220_22`; empty: none of ours."""
    kind, *numbers = name.split("_")
    if not all(number.isascii() and number.isdigit() for number in numbers):
        return ""
    if kind == "DYNAMIC" and len(numbers) == 2:
        return item_key(int(numbers[0]), int(numbers[1]))
    return item_key(DOCUMENTS[kind], int(numbers[0])) if kind in DOCUMENTS and len(numbers) == 1 else ""
