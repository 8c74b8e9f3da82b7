"""Day sheets: the facts of a day packed for the pages that count, so that a year costs as many rows as it has days.

A sheet holds nothing that the facts do not say, and is never changed in part:

1. Whoever writes facts says in the same transaction which days they are of; these days' sheets are emptied, and due.
2. A minute after the last change the *keep* loop packs a due day anew, unless it was changed meanwhile.
3. A reader takes packed days from their sheets, and days that are due from the facts themselves.

So what is counted is the same at every instant, packed or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from leaddrum.facts import packing
from leaddrum.models import DaySheet

QUIET = timedelta(minutes=1)  # so the day that is running is packed when it pauses
AT_ONCE = 50  # days in one step of the loop


def touch(company: int, days: Iterable[date], stamp: int, now: datetime) -> None:
    """In the transaction that writes facts of these days; `stamp` is that of the change."""
    DaySheet.objects.bulk_create(
        [DaySheet(company_id=company, day=day, stamp=stamp, due_at=now + QUIET) for day in sorted(days)],
        update_conflicts=True,
        unique_fields=["company", "day"],
        update_fields=["stamp", "due_at", "leads", "turns"],
    )


def step(now: datetime) -> bool:
    """Pack what is due. Returns whether there is more to do."""
    due = list(DaySheet.objects.filter(due_at__lte=now).order_by("due_at")[:AT_ONCE])
    for sheet in due:
        leads = packing.leads(sheet.company_id, [sheet.day]).get(sheet.day, b"")
        turns = packing.turns(sheet.company_id, [sheet.day]).get(sheet.day, b"")
        unchanged = DaySheet.objects.filter(pk=sheet.pk, stamp=sheet.stamp, due_at=sheet.due_at)
        unchanged.update(leads=leads, turns=turns, due_at=None)
    return len(due) == AT_ONCE


def leads(company: int, since: date, until: date) -> list[tuple[date, bytes]]:
    """The packed passages of a period, day by day."""
    days = DaySheet.objects.filter(company=company, day__gte=since, day__lte=until).order_by("day")
    kept = list(days.values_list("day", "due_at", "leads"))
    fresh = packing.leads(company, [day for day, due, _ in kept if due is not None])
    return [(day, bytes(packed) if due is None else fresh.get(day, b"")) for day, due, packed in kept]


def turns(company: int, since: date, until: date) -> list[tuple[date, bytes]]:
    """The packed turns of a period, day by day."""
    days = DaySheet.objects.filter(company=company, day__gte=since, day__lte=until).order_by("day")
    kept = list(days.values_list("day", "due_at", "turns"))
    fresh = packing.turns(company, [day for day, due, _ in kept if due is not None])
    return [(day, bytes(packed) if due is None else fresh.get(day, b"")) for day, due, packed in kept]
