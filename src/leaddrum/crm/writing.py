"""Writing into a CRM apart: what the engine has asked for, in its order, never twice without looking (S-40).

1. Read the leads that are to be written to, in one batch: what people did meanwhile is seen first, and what a former
   attempt has achieved after all.
2. Per write: it is not wanted any more; or the lead is so already; or say that it is being tried, then send it.
3. The answer: applied, refused for good, not now, or unknown: then step 1 of the next round finds out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from leaddrum import crm, lanes
from leaddrum.crm.base import Apart, Applied, Change, NotNow, Rejected, Unreachable, Unsure
from leaddrum.engine import crash, mirror, writes
from leaddrum.engine.mirror import Seen
from leaddrum.models import Company, CrmWrite, Lane

MOST = 100  # writes of one round
HIDDEN = timedelta(seconds=60)  # before the next look for a lead that our access does not show
PAUSE = timedelta(seconds=2)  # before the next look at a write whose fate is unknown


def serve(lane: Lane, watch: lanes.Watch) -> tuple[datetime | None, str]:
    """One round; returns when to come again, and why it failed."""
    company = Company.objects.get(pk=lane.company_id)
    source = crm.of(company)
    asked = writes.to_write(company.pk, watch.now(), min(MOST, source.batch))
    try:
        seen = _read(company, source, asked, watch)
        for write in asked:
            lanes.prolong(lane, watch.now())
            _one(write, seen.get(write.lead.crm_key or ""), source, company, watch)
    except Unreachable as error:
        mirror.unreachable(company.pk, str(error), now=watch.now())
        return watch.now() + lanes.rest(lane), str(error)
    return writes.next_write(company.pk), ""


def _read(company: Company, source: Apart, asked: list[CrmWrite], watch: lanes.Watch) -> dict[str, Seen]:
    keys = sorted({write.lead.crm_key for write in asked if write.lead.crm_key})
    if not keys:
        return {}
    before = watch.now()
    found = source.read(keys)
    mirror.seen(company.pk, found, read_at=before, now=watch.now())
    return {reading.key: reading for reading in found}


def _one(write: CrmWrite, seen: Seen | None, source: Apart, company: Company, watch: lanes.Watch) -> None:
    """Step 2 and 3 for one write.

    Raises:
        Unreachable: the CRM does not answer at all; the write was certainly not applied.
    """
    change = Change(write.kind, write.person_id, write.stage)
    if not writes.wanted(write) or (seen is not None and not seen.exists):
        writes.unwanted(write.pk, now=watch.now())
        return
    if seen is None:
        writes.failed(write.pk, "the CRM does not show this lead", watch.now() + HIDDEN, now=watch.now())
        return
    if source.has(change, seen):
        writes.written(write.pk, now=watch.now())
        return
    writes.trying(write.pk, watch.now() + PAUSE, now=watch.now())
    crash.point("crm.before_write")
    before = watch.now()
    answer = source.write(seen.key, change)
    crash.point("crm.after_write")
    now = watch.now()
    match answer:
        case Applied(after):
            if after is not None:
                mirror.seen(company.pk, [after], read_at=before, now=now)
            writes.written(write.pk, now=now)
        case Rejected(why):
            writes.refused(write.pk, why, now=now)
        case NotNow(why, pause):
            writes.failed(write.pk, why, now + timedelta(seconds=pause), now=now)
        case Unsure(why):
            writes.failed(write.pk, why, now + PAUSE, now=now)
