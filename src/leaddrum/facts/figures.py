"""What the analytics pages and the monthly report say, in figures (S-10). Every figure counts one of the kinds of rows
in `kinds`, so the page of rows behind it shows exactly what was counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from leaddrum.facts.kinds import LEADS, TURNS
from leaddrum.facts.period import Period
from leaddrum.facts.rows import Clock, Kind
from leaddrum.models import FactLead


@dataclass(frozen=True, slots=True)
class Overview:
    counts: Mapping[str, int]
    hand_overs: int
    missed: int  # as the scope counts them
    client: Clock  # arrival to take, calendar
    employee: Clock  # offer to take, working time
    system: Clock  # of the client's wait, our own delay


def overview(period: Period) -> Overview:
    leads, turns = period.leads, period.turns
    counts = {name: leads.count(kind) for name, kind in LEADS.items()}
    counts |= {name: turns.count(kind) for name, kind in TURNS.items()}
    waited = leads.of(LEADS["waited"])
    return Overview(
        counts=counts,
        hand_overs=leads.total("hand_overs"),
        missed=turns.count(period.scope.missed),
        client=waited.durations("wait").clock,
        employee=turns.durations("take").clock,
        system=waited.durations("system").clock,
    )


@dataclass(frozen=True, slots=True)
class Day:
    """What the line of days shows; a week where the period is long."""

    start: date
    end: date
    leads: int
    missed: int


def by_day(period: Period) -> list[Day]:
    scope = period.scope
    step = 1 if (scope.until - scope.since).days < 62 else 7
    leads: dict[int, int] = defaultdict(int)
    missed: dict[int, int] = defaultdict(int)
    first = scope.since.toordinal()
    for day, number in period.leads.counts("day").items():
        leads[(day - first) // step] += number
    for day, number in period.turns.counts("day", scope.missed).items():
        missed[(day - first) // step] += number
    starts = [scope.since + timedelta(n) for n in range(0, (scope.until - scope.since).days + 1, step)]
    return [
        Day(start, min(start + timedelta(step - 1), scope.until), leads[place], missed[place])
        for place, start in enumerate(starts)
    ]


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one weekday (1 Monday), over the whole period."""

    weekday: int
    hour: int
    arrived: int = 0
    missed: int = 0
    wait: int | None = None  # mean seconds to the take, by the client's clock


def when(period: Period) -> dict[tuple[int, int], Hour]:
    came = period.leads.of(LEADS["came"])
    arrived = came.counts("hour")
    waits = came.means("wait", by="hour")
    missed = period.turns.counts("hour", period.scope.missed)
    return {
        (place // 24 + 1, place % 24): Hour(
            place // 24 + 1, place % 24, arrived.get(place, 0), missed.get(place, 0), waits.get(place)
        )
        for place in arrived.keys() | missed.keys()
    }


@dataclass(frozen=True, slots=True)
class Step:
    """The n-th person a lead was offered to."""

    number: int
    turns: int
    taken: int
    missed: int
    returned: int
    void: int

    @property
    def share(self) -> float:
        return self.taken / self.turns if self.turns else 0.0


def funnel(period: Period) -> list[Step]:
    names = ("turns_taken", "turns_missed", "turns_returned", "turns_void")
    parts = [period.turns.counts("number", TURNS[name]) for name in names]
    whole = period.turns.counts("number")
    return [Step(number, whole[number], *(part.get(number, 0) for part in parts)) for number in sorted(whole)]


def by(period: Period, kind: Kind, column: str) -> list[tuple[int, int, int]]:
    """(drum, source or person, all passages, those of the kind), most first."""
    whole, some = period.leads.counts(column), period.leads.counts(column, kind)
    return sorted(((key, whole[key], number) for key, number in some.items()), key=lambda row: (-row[2], row[0]))


def fresh(company: int) -> datetime | None:
    """When the newest fact changed."""
    newest = FactLead.objects.filter(company_id=company).order_by("-change_stamp", "-passage_id")
    return newest.values_list("changed_at", flat=True).first()
