"""Reading a CRM apart: what a deadline waits for, what an event hints at, and now and then all of it (S-39, S-41).

1. Deadlines that have passed: their leads, in batches, oldest first; then what events have named; then whether anybody
   was in touch with those who were taken, where that is due.
2. Every `sweep` of the CRM: all leads in the entry stages, then those that wait here and were not among them; then what
   else it has to say. Between two sweeps that are far apart, what the CRM itself remembers as changed.
3. When it does not answer, say so and come back after a pause: verdicts wait (I3). A lead that it does not show us
   waits alone: the lane says which, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from django.db.models import F

from leaddrum import crm, lanes
from leaddrum.crm import hints
from leaddrum.crm.base import Apart, Busy, Unreachable
from leaddrum.engine import aftercare, mirror, outages
from leaddrum.models import Company, Drum, Lane, Policy, Stage

SOON = timedelta(seconds=1)  # after a deadline that was not read yet
MOST = 500  # leads read for their deadlines before the sweep has its turn
CONTACTS = 100  # leads whose contacts are read in one round
HIDDEN = 5  # leads that are named when the CRM does not show them
log = structlog.stdlib.get_logger("leaddrum.crm")


def serve(lane: Lane, watch: lanes.Watch) -> tuple[datetime | None, str]:
    """Steps 1 to 3; returns when to come again, and why it failed."""
    company = Company.objects.get(pk=lane.company_id)

    def still_ours() -> None:
        lanes.prolong(lane, watch.now())

    try:
        source = crm.of(company)
        look(company, source, mirror.unread(company.pk, watch.now(), MOST), watch, still_ours)
        _hinted(company, source, watch, still_ours)
        _contacts(company, source, watch, still_ours)
        if company.crm_seen_at is None or company.crm_seen_at + source.sweep <= watch.now():
            sweep(company, source, watch, still_ours)
            source.beside(watch.now())
        elif (hears_at := source.hears(watch.now())) is not None and hears_at <= watch.now():
            source.hear(watch.now())
            _hinted(company, source, watch, still_ours)
    except Busy as busy:
        # Told as a failure of the lane, so that a deadline that waits does not call it back before its pause is over.
        return watch.now() + timedelta(seconds=busy.after), str(busy)
    except Unreachable as error:
        _say(company, str(error))
        outages.unreachable(company.pk, str(error), now=watch.now())
        return watch.now() + lanes.rest(lane), str(error)
    hidden = sorted(source.hidden.intersection(mirror.watched(company.pk))) if source.hidden else []
    if hidden:  # a failure of the lane, so that their deadlines do not call it back at once
        words = f"the CRM does not show {', '.join(hidden[:HIDDEN])}: check the rights of the access there"
        return watch.now() + min(lanes.rest(lane), source.sweep), words
    return _next(company, source, watch.now()), ""


def look(
    company: Company,
    source: Apart,
    keys: Sequence[str],
    watch: lanes.Watch,
    between: Callable[[], None] = lambda: None,
) -> None:
    """Read these leads and let the engine see them: for a deadline, or because an event named them.

    Args:
        between: called before each request; a large company takes longer than a lease.

    Raises:
        Unreachable, Busy: the rest was not read.
    """
    for some in _batches(keys, source.batch):
        between()
        before = watch.now()
        found = source.read(some)
        mirror.seen(company.pk, found, read_at=before, now=watch.now())


def _hinted(company: Company, source: Apart, watch: lanes.Watch, between: Callable[[], None]) -> None:
    """What events named. What is named again during the reading stays for the next round."""
    keys = hints.waiting(company.pk, MOST)
    for some in _batches(keys, source.batch):
        before = watch.now()
        look(company, source, some, watch, between)
        hints.done(company.pk, list(some), before)


def _contacts(company: Company, source: Apart, watch: lanes.Watch, between: Callable[[], None]) -> None:
    """After the take: the clocks that are due wait for this (S-38)."""
    asked = aftercare.unread(company.pk, watch.now(), CONTACTS)
    if asked:
        between()
        before = watch.now()
        found = source.contacts(asked)
        aftercare.contacts(company.pk, found, read_at=before, now=watch.now())


def sweep(company: Company, source: Apart, watch: lanes.Watch, between: Callable[[], None]) -> None:
    """Read everything in the entry stages, and what waits here but is there no more.

    Raises:
        Unreachable, Busy: half-way; what was read counts.
    """
    started = watch.now()
    swept: set[str] = set()
    waiting = mirror.watched(company.pk)
    pages = source.entering(_entry_stages(company), waiting)
    while True:
        between()
        before = watch.now()
        page = next(pages, None)
        if page is None:
            break
        mirror.seen(company.pk, page, read_at=before, now=watch.now())
        swept |= {reading.key for reading in page}
    look(company, source, [key for key in waiting if key not in swept], watch, between)
    Company.objects.filter(pk=company.pk).update(crm_seen_at=started)
    if company.crm_down_at is not None:
        mirror.seen(company.pk, [], read_at=watch.now(), now=watch.now())  # it answers, even if it had nothing to say


def _entry_stages(company: Company) -> list[str]:
    """Every stage that a drum watches, the file's order."""
    drums = Drum.objects.filter(company=company, active=True)
    specs = Policy.objects.filter(drum__in=drums, version=F("drum__version")).values_list("spec", flat=True)
    watched = {stage for spec in specs for stage in spec["entry"]}
    return [key for key in Stage.objects.filter(company=company).values_list("key", flat=True) if key in watched]


def _batches(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def _next(company: Company, source: Apart, now: datetime) -> datetime:
    swept = Company.objects.values_list("crm_seen_at", flat=True).get(pk=company.pk)
    sweep_at = swept + source.sweep if swept is not None else now + SOON
    contacts_at = aftercare.next_reading(company.pk)
    overdue = contacts_at is not None and contacts_at <= now
    if mirror.unread(company.pk, now, 1) or hints.any_waits(company.pk) or overdue:
        return now + SOON
    return min(filter(None, (sweep_at, mirror.next_verdict(company.pk, now), source.hears(now), contacts_at)))


def _say(company: Company, error: str) -> None:
    if company.crm_down_at is None:
        log.warning("the CRM does not answer", company=company.key, error=error)
