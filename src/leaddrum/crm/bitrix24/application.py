"""Looking after our application in a portal: after it was installed, at each start, and once a day."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings

from leaddrum import lanes
from leaddrum.company.portal import from_plain
from leaddrum.crm.bitrix24 import offline, placements
from leaddrum.crm.bitrix24.access import NoAccess
from leaddrum.crm.bitrix24.books import InMemory, Shared
from leaddrum.crm.bitrix24.budget import Limits
from leaddrum.crm.bitrix24.client import Client
from leaddrum.crm.bitrix24.install import LANE
from leaddrum.crm.bitrix24.oauth import ByApplication
from leaddrum.models import Lane, Portal, PortalApp

EVERY = timedelta(days=1)
log = structlog.stdlib.get_logger("leaddrum.crm.bitrix24")
_looked: set[int] = set()  # applications whose lane this process has called up since it started


def look_after(app: PortalApp, *, now: datetime, client: Client | None = None) -> list[str]:
    """Bind what is missing in the portal; returns what it refused. Never raises for a fault of the network."""
    unreachable = [] if settings.PUBLIC_URL else ["LEADDRUM_URL is not set: the portal cannot reach these pages"]
    queue = offline.wanted(Portal.objects.filter(company=app.company_id).first(), app)
    if unreachable and queue is None:
        return unreachable
    try:
        asked = client or opened(app)
    except NoAccess as failed:
        return [str(failed)]
    try:
        refused = unreachable + placements.bind(asked, settings.PUBLIC_URL, entities(app.company_id), queue)
    except placements.Failed as failed:
        PortalApp.objects.filter(pk=app.pk).update(error=str(failed)[:500])
        return [str(failed)]
    finally:
        if client is None:
            asked.close()
    if queue is not None:
        queue = {**queue, "bound": True, **({"process": app.queue["process"]} if "process" in app.queue else {})}
        PortalApp.objects.filter(pk=app.pk).update(queue=queue)
        if not app.queue.get("bound") or app.queue.get("refused"):  # the next look at it was not reckoned with
            readings = Lane.objects.filter(company=app.company_id, channel="crm-read", lease="", failures=0)
            readings.update(next_send_at=now)
    PortalApp.objects.filter(pk=app.pk).update(bound_at=now, error="; ".join(refused)[:500])
    for words in refused:
        log.warning("the portal refused", portal=app.base, what=words)
    return refused


def open_lanes(now: datetime) -> None:
    """A lane for each installed application; once in each process's life they are all due."""
    installed = PortalApp.objects.filter(state=PortalApp.State.INSTALLED).exclude(pk__in=_looked)
    for app in installed:
        _looked.add(app.pk)
        Lane.objects.get_or_create(company_id=app.company_id, channel=LANE, defaults={"next_send_at": now})
        Lane.objects.filter(company_id=app.company_id, channel=LANE, lease="").update(next_send_at=now)


def serve(lane: Lane, watch: lanes.Watch) -> tuple[datetime | None, str]:
    """A lane's round: look after the application, and again tomorrow."""
    app = PortalApp.objects.filter(company=lane.company_id, state=PortalApp.State.INSTALLED).first()
    if app is None:
        return None, ""
    look_after(app, now=watch.now())
    app.refresh_from_db()
    if app.bound_at is None or app.bound_at < watch.now() - EVERY:
        return watch.now() + lanes.rest(lane), app.error or "not bound"
    return watch.now() + EVERY, ""


def opened(app: PortalApp) -> Client:
    """
    Raises:
        NoAccess: it is not installed.
    """
    portal = Portal.objects.filter(company=app.company_id).first()
    budget = Shared(portal.pk, Limits()) if portal is not None else InMemory()
    return Client(ByApplication(app), budget)


def entities(company_id: int) -> set[int]:
    """Types whose items are turned over here, by their numbers."""
    portal = Portal.objects.filter(company=company_id).first()
    section = from_plain(portal.settings) if portal is not None else None
    return {watch.entity for watch in section.watches} if section is not None else set()
