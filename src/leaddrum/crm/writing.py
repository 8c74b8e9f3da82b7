"""Writing into a CRM apart: what the engine has asked for, in its order, never twice without looking (S-40).

1. Read the leads that are to be written to, in one batch: what people did meanwhile is seen first, and what a former
   attempt has achieved after all.
2. Per write: it is not wanted any more; or the lead is so already; or say that it is being tried. Then send those, as
   many in a request as the CRM takes, as long as the reading is fresh.
3. The answers: applied, refused for good, not now, or unknown: then step 1 of the next round finds out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from leaddrum import crm, lanes
from leaddrum.crm.base import Answer, Apart, Applied, Asked, Busy, Change, NotNow, Rejected, Unreachable, Unsure
from leaddrum.engine import crash, mirror, outages, writes
from leaddrum.engine.mirror import Seen
from leaddrum.models import Company, CrmWrite, Lane

MOST = 100  # writes of one round
FRESH = timedelta(seconds=15)  # so long a reading counts: then what a verdict waits for has its turn, and we read anew
HIDDEN = timedelta(seconds=60)  # before the next look for a lead that our access does not show
PAUSE = timedelta(seconds=2)  # before the next look at a write whose fate is unknown


def serve(lane: Lane, watch: lanes.Watch) -> tuple[datetime | None, str]:
    """One round; returns when to come again (None: what is left says when), and why it failed."""
    company = Company.objects.get(pk=lane.company_id)
    begun = watch.now()
    try:
        source = crm.of(company)
        asked = writes.to_write(company.pk, begun, min(MOST, source.batch))
        seen = _read(company, source, asked, watch)
        wanted = _wanted(asked, seen, source, watch)
        for start in range(0, len(wanted), source.together):
            if watch.now() - begun > FRESH:
                break
            lanes.prolong(lane, watch.now())
            _send(wanted[start : start + source.together], source, company, watch)
    except Busy as busy:
        return watch.now() + timedelta(seconds=busy.after), ""
    except Unreachable as error:
        outages.unreachable(company.pk, str(error), now=watch.now())
        return watch.now() + lanes.rest(lane), str(error)
    return None, ""


def _read(company: Company, source: Apart, asked: list[CrmWrite], watch: lanes.Watch) -> dict[str, Seen]:
    keys = sorted({write.lead.crm_key for write in asked if write.lead.crm_key})
    if not keys:
        return {}
    before = watch.now()
    found = source.read(keys)
    mirror.seen(company.pk, found, read_at=before, now=watch.now())
    return {reading.key: reading for reading in found}


def _wanted(
    asked: list[CrmWrite], found: dict[str, Seen], source: Apart, watch: lanes.Watch
) -> list[tuple[CrmWrite, Asked]]:
    """Step 2: what is left to be sent; the rest is settled."""
    wanted = []
    for write in asked:
        change = Change(write.kind, write.person_id, write.stage)
        seen = found.get(write.lead.crm_key or "")
        if not writes.wanted(write) or (seen is not None and not seen.exists):
            writes.unwanted(write.pk, now=watch.now())
        elif seen is None:
            writes.failed([write.pk], "the CRM does not show this lead", watch.now() + HIDDEN)
        elif source.has(change, seen):
            writes.written([write.pk], now=watch.now())
        else:
            wanted.append((write, Asked(seen.key, change, write.pk)))
    return wanted


def _send(wanted: Sequence[tuple[CrmWrite, Asked]], source: Apart, company: Company, watch: lanes.Watch) -> None:
    """Step 2 and 3 for one request.

    Raises:
        Unreachable: the CRM does not answer at all; the writes were certainly not applied.
    """
    writes.trying([write.pk for write, _ in wanted], watch.now() + PAUSE)
    crash.point("crm.before_write")
    before = watch.now()
    answers = source.write([asked for _, asked in wanted])
    crash.point("crm.after_write")
    now = watch.now()
    after = [answer.seen for answer in answers if isinstance(answer, Applied) and answer.seen is not None]
    if after:
        mirror.seen(company.pk, after, read_at=before, now=now)
    for (write, _), answer in zip(wanted, answers, strict=True):
        settle([write.pk], answer, now)


def settle(write_ids: Collection[int], answer: Answer, now: datetime) -> None:
    """Keep what came of writes."""
    match answer:
        case Applied():
            writes.written(write_ids, now=now)
        case Rejected(why):
            writes.refused(write_ids, why, now=now)
        case NotNow(why, pause):
            writes.failed(write_ids, why, now + timedelta(seconds=pause), untried=True)
        case Unsure(why):
            writes.failed(write_ids, why, now + PAUSE)
