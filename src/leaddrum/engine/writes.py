"""What is to be written into a CRM apart, and what came of it (S-3, S-40)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Case, F, Min, QuerySet, Value, When

from leaddrum.core import asked
from leaddrum.core import cycle as c
from leaddrum.engine.cards import open_cards
from leaddrum.engine.changes import TOLD
from leaddrum.engine.desk import desk
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


def written(write_ids: Collection[int], *, now: datetime) -> None:
    """The CRM has them: it said so, or a reading shows it. A turn that waited for its owner starts (S-3)."""
    _settle(write_ids, CrmWrite.State.DONE, now)


def refused(write_ids: Collection[int], why: str, *, now: datetime) -> None:
    """The CRM will not have them. A turn that waited for its owner goes to somebody else."""
    _settle(write_ids, CrmWrite.State.REFUSED, now, why)


def unwanted(write_id: int, *, now: datetime) -> None:
    """Its time is over."""
    _close([write_id], CrmWrite.State.STALE, now)


def trying(write_ids: Iterable[int], again_at: datetime) -> None:
    """These are about to be sent. Said beforehand: whoever finds one so after a crash knows that it may have been
    applied, and reads first (S-40)."""
    of_these = CrmWrite.objects.filter(pk__in=list(write_ids), state__in=OPEN)
    of_these.update(state=CrmWrite.State.UNSURE, attempts=F("attempts") + 1, ready_at=again_at)


def failed(write_ids: Collection[int], why: str, again_at: datetime, *, untried: bool = False) -> None:
    """They were not applied, or nobody knows: another attempt then, after a reading. `untried`: certainly not applied,
    so what an earlier attempt may have done is all there can be."""
    these = CrmWrite.objects.filter(pk__in=write_ids, state__in=OPEN)
    first = Case(When(attempts__lte=1, then=Value(CrmWrite.State.PENDING)), default=F("state"))
    these.update(ready_at=again_at, error=why[:500], **({"state": first} if untried else {}))


def _settle(write_ids: Collection[int], state: CrmWrite.State, now: datetime, why: str = "") -> None:
    """Only an owner's write has a turn that waits for it, so only then the company is held."""
    owners = CrmWrite.objects.filter(pk__in=write_ids, kind="owner").in_bulk()
    _close([write_id for write_id in write_ids if write_id not in owners], state, now, why)
    for write in owners.values():
        with desk(write.company_id, now) as table:
            if not _close([write.pk], state, now, why):
                continue
            answer: asked.Confirmed | asked.Unaccepted = asked.Unaccepted(write.turn_number, why[:200])
            if state is CrmWrite.State.DONE:
                Lead.objects.filter(pk=write.lead_id).update(owner_id=write.person_id)
                answer = asked.Confirmed(write.turn_number)
            for card in open_cards(write.lead_id):
                table.look(card, answer)


def _close(write_ids: Collection[int], state: CrmWrite.State, now: datetime, error: str = "") -> bool:
    """False: all had been settled before."""
    settled = CrmWrite.objects.filter(pk__in=write_ids, state__in=OPEN)
    return bool(settled.update(state=state, done_at=now, error=error[:500]))
