"""What the analytics pages and the monthly report say, in figures (S-10). Every figure is one of the sets in `SETS`, so
the page of rows behind it shows exactly what was counted.

Medians and 90th percentiles are of the nearest rank: the first value that at least that share of the rows does not
exceed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from leaddrum.models import FactIncident, FactLead, FactTurn

WITHIN = (5, 10, 15, 20, 30, 45, 60)  # minutes at which a curve is drawn


T = TypeVar("T", FactLead, FactTurn)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures, of which days (both included; the day a passage began or a turn was offered)."""

    company: int
    since: date
    until: date
    drums: frozenset[int] | None = None  # None: all
    people: frozenset[int] | None = None
    person: int | None = None
    department: int | None = None
    drum: int | None = None
    source: int | None = None
    annulled: bool = False  # count annulled misses too
    excused: bool = True  # count misses that were nobody's fault

    @property
    def before(self) -> Scope:
        """The same over the period of equal length before."""
        days = (self.until - self.since).days + 1
        return replace(self, since=self.since - timedelta(days), until=self.since - timedelta(1))

    def leads(self) -> QuerySet[FactLead]:
        """Passages that began in the period."""
        found = FactLead.objects.filter(company_id=self.company, opened_on__gte=self.since, opened_on__lte=self.until)
        if self.people is not None:
            found = found.filter(Q(person_id__in=self.people) | Q(drum_id__in=self.drums or ()))
        return self._narrowed(found)

    def turns(self) -> QuerySet[FactTurn]:
        """Turns offered in the period."""
        found = FactTurn.objects.filter(company_id=self.company, offered_on__gte=self.since, offered_on__lte=self.until)
        if self.people is not None:
            to_all = Q(person_id=None, drum_id__in=self.drums or ())
            found = found.filter(Q(person_id__in=self.people) | to_all)
        return self._narrowed(found)

    def _narrowed(self, found: QuerySet[T]) -> QuerySet[T]:
        for column in ("person", "department", "drum", "source"):
            value = getattr(self, column)
            if value is not None:
                found = found.filter(**{f"{column}_id": value})
        return found

    @property
    def missed(self) -> Q:
        """What counts as a miss here."""
        wanted = Q(is_missed=True)
        if not self.annulled:
            wanted &= Q(is_annulled=False)
        if not self.excused:
            wanted &= Q(excuse="") | Q(is_annulled=True)
        return wanted


# Every set of rows that a figure counts: its table and its condition.
LEADS: Mapping[str, Q] = {
    "leads": Q(),
    "taken": Q(is_taken=True),
    "in_time": Q(is_taken_in_time=True),
    "late": Q(is_taken=True, is_taken_in_time=False),
    "waiting": Q(state__in=["offered", "held", "with_head"]),
    "handed": Q(hand_overs__gt=0),
    "head": Q(escalations__gt=0),
    "held": Q(holds__gt=0),
    "junk": Q(is_junk=True),
    "back": Q(came_back=True),
}
# Sets that only their own page counts.
FALSE = Q(Exists(FactIncident.objects.filter(passage_id=OuterRef("pk"), turn_number=0)))
RARE: Mapping[str, Q] = {"false": FALSE}
TURNS: Mapping[str, Q] = {
    "turns": ~Q(verdict="void"),
    "turns_taken": Q(is_taken=True),
    "turns_missed": Q(is_missed=True),
    "turns_annulled": Q(is_missed=True, is_annulled=True),
    "turns_excused": Q(is_missed=True, is_annulled=False) & ~Q(excuse=""),
    "turns_answerable": Q(is_answerable=True),
    "turns_returned": Q(verdict="returned"),
    "turns_void": Q(verdict="void"),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A duration of many: the median and what nine of ten do not exceed, in seconds; None: of nobody."""

    count: int = 0
    median: int | None = None
    ninth: int | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    counts: Mapping[str, int]
    hand_overs: int
    missed: int  # as the scope counts them
    client: Clock  # arrival to take, calendar
    employee: Clock  # offer to take, working time
    system: Clock  # of the client's wait, our own delay

    @property
    def share_in_time(self) -> float | None:
        return self.counts["in_time"] / self.counts["taken"] if self.counts["taken"] else None


def overview(scope: Scope) -> Overview:
    wanted: dict[str, Any] = {name: Count("pk", filter=q) if q else Count("pk") for name, q in LEADS.items()}
    first = Q(is_taken=True, passage=1)  # the client's own wait; a lead that came back has waited already
    sums = scope.leads().aggregate(**wanted, handed_over=Sum("hand_overs"), clients=Count("pk", filter=first))
    turns = {name: Count("pk", filter=q) for name, q in TURNS.items()}
    ended = scope.turns().aggregate(**turns, missed=Count("pk", filter=scope.missed), timed=Count("take_seconds"))
    counts = {name: sums[name] for name in LEADS} | {name: ended[name] for name in TURNS}
    taken = scope.leads().filter(first)
    return Overview(
        counts=counts,
        hand_overs=sums["handed_over"] or 0,
        missed=ended["missed"],
        client=_clock(taken, "wait_seconds", sums["clients"]),
        employee=_clock(scope.turns().filter(take_seconds__isnull=False), "take_seconds", ended["timed"]),
        system=_clock(taken, "system_seconds", sums["clients"]),
    )


def _clock(rows: QuerySet[Any], column: str, count: int) -> Clock:
    if not count:
        return Clock()
    values = rows.order_by(column).values_list(column, flat=True)
    return Clock(count, _ranked(values, count, 0.5), _ranked(values, count, 0.9))


def _ranked(values: Any, count: int, share: float) -> int | None:
    place = math.ceil(share * count) - 1
    found = list(values[place : place + 1])
    return int(found[0]) if found else None  # rows may go while we count


@dataclass(frozen=True, slots=True)
class Day:
    """What the line of days shows; a week where the period is long."""

    start: date
    leads: int
    missed: int


def by_day(scope: Scope) -> list[Day]:
    step = 1 if (scope.until - scope.since).days < 62 else 7
    leads: dict[date, int] = defaultdict(int)
    missed: dict[date, int] = defaultdict(int)
    for day, number in scope.leads().values_list("opened_on").annotate(n=Count("pk")).order_by():
        leads[_start(scope.since, day, step)] += number
    for day, number in scope.turns().filter(scope.missed).values_list("offered_on").annotate(n=Count("pk")).order_by():
        missed[_start(scope.since, day, step)] += number
    days = (scope.since + timedelta(n) for n in range(0, (scope.until - scope.since).days + 1, step))
    return [Day(day, leads[day], missed[day]) for day in days]


def _start(since: date, day: date, step: int) -> date:
    return since + timedelta((day - since).days // step * step)


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """One person: only turns that he really had. `void` ones are in no share."""

    person: int | None
    turns: int
    taken: int
    missed: int  # as the scope counts them
    annulled: int
    excused: int
    returned: int
    clock: Clock
    within: tuple[int, ...]  # turns taken within WITHIN minutes

    @property
    def share(self) -> float | None:
        """Of the turns that he took or has to answer for, those taken."""
        judged = self.taken + self.missed
        return self.taken / judged if judged else None

    @property
    def curve(self) -> tuple[float, ...]:
        judged = self.taken + self.missed
        return tuple(number / judged if judged else 0.0 for number in self.within)


@dataclass
class People:
    rows: list[PersonFigures] = field(default_factory=list)
    together: PersonFigures | None = None


def people(scope: Scope) -> People:
    within = {f"within{m}": Count("pk", filter=Q(take_seconds__lte=m * 60)) for m in WITHIN}
    wanted = {name: Count("pk", filter=TURNS[name]) for name in TURNS}
    rows: Any = scope.turns().values("person_id").order_by()
    rows = rows.annotate(**wanted, **within, missed=Count("pk", filter=scope.missed), timed=Count("take_seconds"))
    clocks = _clocks(scope)
    found = [_person(row, clocks.get(row["person_id"], Clock())) for row in rows if row["turns"]]
    found.sort(key=lambda one: (-one.missed, -one.turns))
    whole = scope.turns().aggregate(
        **wanted, **within, missed=Count("pk", filter=scope.missed), timed=Count("take_seconds")
    )
    timed = scope.turns().filter(take_seconds__isnull=False)
    together = _person({"person_id": None, **whole}, _clock(timed, "take_seconds", whole["timed"]))
    return People(found, together)


def _clocks(scope: Scope) -> dict[int | None, Clock]:
    """Each person's median and 90th percentile, in one statement."""
    ranked = scope.turns().filter(take_seconds__isnull=False)
    ranked = ranked.annotate(
        place=Window(RowNumber(), partition_by=F("person_id"), order_by=F("take_seconds").asc()),
        number=Window(Count("pk"), partition_by=F("person_id")),
    )
    wanted = ranked.filter(Q(place=(F("number") + 1) / 2) | Q(place=(F("number") * 9 + 9) / 10))
    found: dict[int | None, Clock] = {}
    for person, seconds, place, number in wanted.values_list("person_id", "take_seconds", "place", "number"):
        clock = found.get(person, Clock(number))
        if place == (number + 1) // 2:
            clock = replace(clock, median=seconds)
        if place == (number * 9 + 9) // 10:
            clock = replace(clock, ninth=seconds)
        found[person] = clock
    return found


def _person(row: Mapping[str, Any], clock: Clock) -> PersonFigures:
    return PersonFigures(
        person=row["person_id"],
        turns=row["turns"],
        taken=row["turns_taken"],
        missed=row["missed"],
        annulled=row["turns_annulled"],
        excused=row["turns_excused"],
        returned=row["turns_returned"],
        clock=clock,
        within=tuple(row[f"within{minutes}"] for minutes in WITHIN),
    )


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one weekday (1 Monday), over the whole period."""

    weekday: int
    hour: int
    arrived: int = 0
    missed: int = 0
    wait: int | None = None  # mean seconds to the take, by the client's clock


def when(scope: Scope) -> dict[tuple[int, int], Hour]:
    cells: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    came = scope.leads().filter(passage=1).values_list("arrived_on", "arrived_hour").order_by()
    for day, hour, number, taken, seconds in came.annotate(
        n=Count("pk"), taken=Count("wait_seconds"), seconds=Sum("wait_seconds")
    ):
        cell = cells[day.isoweekday(), hour]
        cell[0], cell[2], cell[3] = cell[0] + number, cell[2] + taken, cell[3] + (seconds or 0)
    lost = scope.turns().filter(scope.missed).values_list("offered_on", "offered_hour").order_by()
    for day, hour, number in lost.annotate(n=Count("pk")):
        cells[day.isoweekday(), hour][1] += number
    return {
        (weekday, hour): Hour(weekday, hour, came_, missed, round(seconds / taken) if taken else None)
        for (weekday, hour), (came_, missed, taken, seconds) in cells.items()
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


def funnel(scope: Scope) -> list[Step]:
    counted = scope.turns().values("turn_number").order_by("turn_number")
    counted = counted.annotate(
        n=Count("pk"),
        taken=Count("pk", filter=TURNS["turns_taken"]),
        missed=Count("pk", filter=TURNS["turns_missed"]),
        returned=Count("pk", filter=TURNS["turns_returned"]),
        void=Count("pk", filter=TURNS["turns_void"]),
    )
    return [
        Step(row["turn_number"], row["n"], row["taken"], row["missed"], row["returned"], row["void"]) for row in counted
    ]


def by(scope: Scope, name: str, column: str) -> list[tuple[int | None, int, int]]:
    """(drum, source or person, all passages, those of the set `name`), most first."""
    rows = (
        scope.leads()
        .values_list(column)
        .order_by()
        .annotate(n=Count("pk"), of=Count("pk", filter={**LEADS, **RARE}[name]))
    )
    return sorted(((key, number, of) for key, number, of in rows if of), key=lambda row: -row[2])


def fresh(company: int) -> Any:
    """When the newest fact changed."""
    return FactLead.objects.filter(company_id=company).aggregate(at=Max("changed_at"))["at"]
