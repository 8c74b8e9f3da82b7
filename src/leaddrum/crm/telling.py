"""Telling a CRM apart what was decided: the journal of misses, a note, a to-do.

Nothing of it changes a lead, so nothing waits for it, and whatever changes leads goes first."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from leaddrum import crm, lanes
from leaddrum.crm.base import Answer, NotNow, Told, Unreachable
from leaddrum.crm.writing import PAUSE, settle
from leaddrum.engine import crash, writes
from leaddrum.models import Company, CrmWrite, Lane

MOST = 200  # of one round
REST = timedelta(seconds=10)  # of a CRM that takes nothing now; no longer, for it may be one kind that it does not take


def serve(lane: Lane, watch: lanes.Watch) -> tuple[datetime | None, str]:
    """One round; returns when to come again (None: what is left says when), and why it failed."""
    company = Company.objects.get(pk=lane.company_id)
    try:
        source = crm.of(company)
    except Unreachable as error:
        return watch.now() + lanes.rest(lane), str(error)
    asked = writes.to_tell(company.pk, watch.now(), MOST)
    for start in range(0, len(asked), source.together):
        lanes.prolong(lane, watch.now())
        some = asked[start : start + source.together]
        again = {write.pk for write in some if write.state == CrmWrite.State.UNSURE}
        writes.trying([write.pk for write in some], watch.now() + PAUSE)
        crash.point("crm.before_tell")
        answers = source.tell([told(write, again=write.pk in again) for write in some])
        crash.point("crm.after_tell")
        same: dict[Answer, list[int]] = defaultdict(list)  # while a CRM takes nothing, all have one
        for write, answer in zip(some, answers, strict=True):
            same[answer].append(write.pk)
        for answer, of_them in same.items():
            settle(of_them, answer, watch.now())
        pauses = [answer.after for answer in answers if isinstance(answer, NotNow)]
        if len(pauses) == len(answers):  # the rest would be told the same, one request after another
            return watch.now() + min(timedelta(seconds=min(pauses)), REST), ""
    return None, ""


def told(write: CrmWrite, *, again: bool) -> Told:
    """What is to be told; `again`: it may have been already."""
    return Told(
        write.pk,
        write.kind,
        write.lead.crm_key or "",
        write.cycle_id or 0,
        write.turn_number,
        write.seq,
        write.person_id,
        again,
        write.done_at is not None,
    )
