"""The work with CRMs apart, company by company: ask them, tell them. Called by the loop, outside any transaction."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import DatabaseError, InterfaceError

from leaddrum import engine, lanes
from leaddrum.crm import BOARD, hints, reading, telling, writing
from leaddrum.crm.bitrix24 import application, replying
from leaddrum.engine import aftercare, mirror, writes
from leaddrum.models import Company, Lane

MOST = 100  # rounds before the loop looks at its clock and whether it is to stop
log = structlog.stdlib.get_logger("leaddrum.crm")
READS = {"crm-read": reading.serve}
WRITES = {"crm": writing.serve, "crm-app": application.serve}
ANSWERS = {"crm-bot": replying.serve}  # somebody waits for them
TELLS = {"crm-told": telling.serve}
LANES = READS | WRITES | ANSWERS | TELLS
# What is left says when to come again, where a round does not. Asked while the company is held: what is queued after a
# round's last look and before its lane is given back would otherwise wait for something else to be queued.
LEFT = {"crm": writes.next_write, "crm-bot": replying.next_answer, "crm-told": writes.next_told}
# A write reads its leads first; a reading that was under way meanwhile would show the owner of before as a new one.
ALONE = frozenset(READS | WRITES)


def due(now: datetime) -> datetime | None:
    """Serve the lanes that are due: what a verdict waits for, then owners, then what is told. Several threads may call
    it at once; one company's leads are read and written by one of them.

    Returns:
        When there is more to do.
    """
    if not Company.objects.exclude(crm=BOARD).exists():
        return None
    _open_lanes(now)
    _bring_forward(now)
    watch = lanes.Watch(now)
    for _ in range(MOST):
        lane = _claimed(watch.now())
        if lane is None:
            break
        try:
            next_at, error = _served(lane, watch)
            with engine.in_company(lane.company_id):
                if next_at is None and lane.channel in LEFT:
                    next_at = LEFT[lane.channel](lane.company_id)
                lanes.settle(lane, next_at, error)
        except lanes.Lost:
            log.warning("lane lost: the lease had run out", lane=lane.pk)
        if lane.channel in WRITES:  # which may have taken long
            _bring_forward(watch.now(), company=lane.company_id)
    return lanes.next_due(LANES, watch.now(), alone=ALONE)


def _claimed(now: datetime) -> Lane | None:
    for channels in (READS, WRITES, ANSWERS, TELLS):
        lane = lanes.claim(now, channels, alone=ALONE)
        if lane is not None:
            return lane
    return None


def _served(lane: Lane, watch: lanes.Watch) -> tuple[datetime | None, str]:
    """One lane's round. What one company's CRM answers must not keep the others' waiting, however strange it is."""
    try:
        return LANES[lane.channel](lane, watch)
    except (lanes.Lost, DatabaseError, InterfaceError):
        raise
    except Exception as error:
        log.exception("CRM lane failed", lane=lane.pk, channel=lane.channel)
        return watch.now() + lanes.rest(lane), type(error).__name__


def _open_lanes(now: datetime) -> None:
    """A company's first lane for readings; the one for writes is made with the first write."""
    served = Lane.objects.filter(channel="crm-read").values("company_id")
    for company in Company.objects.exclude(crm=BOARD).exclude(pk__in=served):
        Lane.objects.get_or_create(company=company, channel="crm-read", defaults={"next_send_at": now})
    application.open_lanes(now)
    replying.open_lanes(now)


def _bring_forward(now: datetime, **which: int) -> None:
    """A passed deadline, or what an event named, does not wait for the next sweep. A failed lane keeps its pause."""
    for lane in Lane.objects.filter(channel="crm-read", lease="", failures=0, next_send_at__gt=now, **which):
        waits = hints.any_waits(lane.company_id) or mirror.unread(lane.company_id, now, 1)
        if waits or aftercare.unread(lane.company_id, now, 1):
            Lane.objects.filter(pk=lane.pk, lease="", failures=0).update(next_send_at=now)
