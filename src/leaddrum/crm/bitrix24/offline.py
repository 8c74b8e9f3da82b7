"""The portal's own list of what has changed: its queue of offline events, for an application (S-39).

The queue keeps one record for each item and kind of event while nobody can reach us, so after an outage, or without any
public address, it says which items to read. It is looked at in the request of a sweep, and between two that are far
apart. What it says are hints like any other:

1. Where the plan has it, records are reserved (`clear` 0), become hints here, and are cleared in the next request. A
   process that dies in between leaves them reserved in the portal; the sweep finds what they were about.
2. Elsewhere reading takes them off. If that answer gets lost, the sweep is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from leaddrum.crm import hints
from leaddrum.crm.bitrix24 import events
from leaddrum.crm.bitrix24.answers import Ok, Refused, Reply
from leaddrum.crm.bitrix24.client import Call
from leaddrum.models import Company, Portal, PortalApp

GET, CLEAR = "event.offline.get", "event.offline.clear"
CONNECTOR = "leaddrum"  # whose changes the queue leaves out, where the plan knows that
MOST = 200  # records in one look
EVERY = timedelta(seconds=20)  # between two looks
log = structlog.stdlib.get_logger("leaddrum.crm.bitrix24")


def connector(app: PortalApp) -> dict[str, str]:
    """What a binding, a reading and each of our own changes says, so that the queue leaves our changes out."""
    named = app.queue.get("connector", "")
    return {"auth_connector": named} if named else {}


def own(portal: Portal) -> dict[str, str]:
    """`connector` of a portal's application; nothing where it has none."""
    app = _bound(portal)
    return connector(app) if app is not None else {}


def wanted(portal: Portal | None, app: PortalApp) -> dict[str, Any] | None:
    """How the queue is to be bound, as kept in `PortalApp.queue`; None: the portal is not reached by the application.
    A binding keeps the connector it began with: its records stand under it."""
    if portal is None or not portal.application:
        return None
    if "connector" in app.queue:
        return {"connector": app.queue["connector"]}
    return {"connector": CONNECTOR if portal.plan.get("features", {}).get("connector") else ""}


def calls(portal: Portal) -> list[Call]:
    """To be asked beside a reading: clear what has become hints, then look."""
    app = _bound(portal)
    if app is None:
        return []
    asked = []
    if app.queue.get("process"):
        asked.append(Call(CLEAR, {"process_id": app.queue["process"]}))
    extended = portal.plan.get("features", {}).get("offline")
    return [*asked, Call(GET, {"clear": 0 if extended else 1, "limit": MOST, **connector(app)})]


def due(portal: Portal, now: datetime) -> datetime | None:
    """When to look next; None: there is no queue for us."""
    app = _bound(portal)
    if app is None:
        return None
    return app.heard_at + EVERY if app.heard_at is not None else now


def heard(portal: Portal, answered: Sequence[tuple[Call, Reply]], now: datetime) -> None:
    """Keep as hints what these answers name; a refusal is kept too, and the queue left alone until it is bound anew."""
    app = _bound(portal)
    if app is None:
        return
    queue = dict(app.queue)
    for call, reply in answered:
        if call.method == CLEAR and isinstance(reply, Ok | Refused):
            queue.pop("process", None)
        elif call.method == GET and isinstance(reply, Refused):
            queue["refused"] = str(reply)[:200]
            log.warning("the queue of offline events is not read", portal=portal.base, why=str(reply))
        elif call.method == GET and isinstance(reply, Ok):
            _keep(portal, app, queue, reply.value if isinstance(reply.value, Mapping) else {}, now)
            return
    PortalApp.objects.filter(pk=app.pk).update(queue=queue)


def _keep(portal: Portal, app: PortalApp, queue: dict[str, Any], value: Mapping[str, Any], now: datetime) -> None:
    """Hints and the number under which they are reserved: both or neither."""
    rows = [row for row in value.get("events") or () if isinstance(row, Mapping)]
    keys = {_key(row) for row in rows}
    process = value.get("process_id")
    if rows and process:
        queue["process"] = str(process)
    more = len(rows) >= MOST
    with transaction.atomic():
        hints.drop_all(portal.company_id, sorted(keys - {""}), now=now)
        if "" in keys:  # of something that is not named: everything is looked at
            Company.objects.filter(pk=portal.company_id).update(crm_seen_at=None)
        PortalApp.objects.filter(pk=app.pk).update(queue=queue, heard_at=now - EVERY if more else now)


def _key(row: Mapping[str, Any]) -> str:
    """The item of a record. The documentation's sample has no data in it, so that is no error."""
    data = row.get("EVENT_DATA")
    fields = data.get("FIELDS") if isinstance(data, Mapping) else None
    flat = (
        {f"data[FIELDS][{name}]": str(value) for name, value in fields.items()} if isinstance(fields, Mapping) else {}
    )
    return events.key_of(str(row.get("EVENT_NAME", "")).upper(), flat)


def _bound(portal: Portal) -> PortalApp | None:
    if not portal.application:
        return None
    app = PortalApp.objects.filter(company=portal.company_id, state=PortalApp.State.INSTALLED).first()
    return app if app is not None and app.queue.get("bound") and not app.queue.get("refused") else None
