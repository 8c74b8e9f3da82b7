"""What is to be written into a CRM apart, and what came of it (S-3, S-40)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Case, F, Min, QuerySet, Value, When

from leaddrum.core import asked
from leaddrum.core import cycle as c
from leaddrum.engine.cards import open_cards
from leaddrum.engine.changes import TOLD
from leaddrum.engine.desk import Desk, desk
from leaddrum.models import CrmWrite, Cycle, Lead

OPEN = (CrmWrite.State.PENDING, CrmWrite.State.UNSURE)
MOST = 1000  # open writes looked at for those that may go


def to_write(company_id: int, now: datetime, limit: int) -> list[CrmWrite]:
    """The writes that may be sent now, in the order in which they were asked for; those of one lead never overtake."""
    return [write for write in _first_of_each(company_id) if write.ready_at <= now][:limit]


def next_write(company_id: int) -> datetime | None:
    """When the next of them may be sent."""
    return min((write.ready_at for write in _first_of_each(company_id)), default=None)


def to_tell(company_id: int, now: datetime, limit: int) -> list[CrmWrite]:
    """What may be told now: nothing of it changes a lead. A miss and what became of it keep their order."""
    ready = _open(company_id).filter(kind__in=TOLD, ready_at__lte=now).select_related("lead").order_by("pk")
    return list(ready[:limit])


def next_told(company_id: int) -> datetime | None:
    soonest: datetime | None = _open(company_id).filter(kind__in=TOLD).aggregate(at=Min("ready_at"))["at"]
    return soonest


def _open(company_id: int) -> QuerySet[CrmWrite]:
    # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
    opened = CrmWrite.objects.extra(where=["leaddrum_crmwrite.state IN ('pending', 'unsure')"])
    return opened.filter(company_id=company_id)


def _first_of_each(company_id: int) -> list[CrmWrite]:
    """The oldest open write of each lead."""
    first: dict[int, CrmWrite] = {}
    for row in _open(company_id).exclude(kind__in=TOLD).select_related("lead").order_by("pk")[:MOST]:
        first.setdefault(row.lead_id, row)
    return list(first.values())


def wanted(write: CrmWrite) -> bool:
    """Whether it is still to be done: its turn has not ended, and nothing newer of its kind was asked for."""
    if write.kind == "owner" and write.turn_number and write.cycle_id is not None:
        running = Cycle.objects.filter(
            pk=write.cycle_id, state=c.State.OFFERED, turn_number=write.turn_number, holder=write.person_id
        )
        if not running.exists():
            return False
    if write.kind == "observer":
        return True
    return not CrmWrite.objects.filter(lead=write.lead_id, kind=write.kind, pk__gt=write.pk).exists()


def written(write_id: int, *, now: datetime) -> None:
    """The CRM has it: it said so, or a reading shows it. A turn that waited for its owner starts (S-3)."""
    if _told(write_id):
        _close(write_id, CrmWrite.State.DONE, now)
        return
    with _answer(write_id, now) as (table, write):
        if write is None:
            return
        _close(write_id, CrmWrite.State.DONE, now)
        if write.kind == "owner":
            Lead.objects.filter(pk=write.lead_id).update(owner_id=write.person_id)
            for card in open_cards(write.lead_id):
                table.look(card, asked.Confirmed(write.turn_number))


def refused(write_id: int, why: str, *, now: datetime) -> None:
    """The CRM will not have it. A turn that waited for its owner goes to somebody else."""
    if _told(write_id):
        _close(write_id, CrmWrite.State.REFUSED, now, why)
        return
    with _answer(write_id, now) as (table, write):
        if write is None:
            return
        _close(write_id, CrmWrite.State.REFUSED, now, why)
        if write.kind == "owner":
            for card in open_cards(write.lead_id):
                table.look(card, asked.Unaccepted(write.turn_number, why[:200]))


def trying(write_ids: Iterable[int], again_at: datetime) -> None:
    """These are about to be sent. Said beforehand: whoever finds one so after a crash knows that it may have been
    applied, and reads first (S-40)."""
    of_these = CrmWrite.objects.filter(pk__in=list(write_ids), state__in=OPEN)
    of_these.update(state=CrmWrite.State.UNSURE, attempts=F("attempts") + 1, ready_at=again_at)


def failed(write_id: int, why: str, again_at: datetime, *, untried: bool = False) -> None:
    """It was not applied, or nobody knows: another attempt then, after a reading. `untried`: certainly not applied, so
    what an earlier attempt may have done is all there can be."""
    this = CrmWrite.objects.filter(pk=write_id, state__in=OPEN)
    first = Case(When(attempts__lte=1, then=Value(CrmWrite.State.PENDING)), default=F("state"))
    this.update(ready_at=again_at, error=why[:500], **({"state": first} if untried else {}))


def unwanted(write_id: int, *, now: datetime) -> None:
    """Its time is over."""
    with _answer(write_id, now) as (_, write):
        if write is not None:
            _close(write_id, CrmWrite.State.STALE, now)


@contextmanager
def _answer(write_id: int, now: datetime) -> Iterator[tuple[Desk, CrmWrite | None]]:
    """The write in a transaction over its company; None when it has been settled meanwhile."""
    company_id = CrmWrite.objects.values_list("company_id", flat=True).get(pk=write_id)
    with desk(company_id, now) as table:
        yield table, CrmWrite.objects.filter(pk=write_id, state__in=OPEN).first()


def _told(write_id: int) -> bool:
    """Whether nothing of it changes a lead, so that nobody need be held for its answer."""
    return CrmWrite.objects.filter(pk=write_id, kind__in=TOLD).exists()


def _close(write_id: int, state: CrmWrite.State, now: datetime, error: str = "") -> None:
    settled = CrmWrite.objects.filter(pk=write_id, state__in=OPEN)
    settled.update(state=state, done_at=now, error=error[:500])
