"""A turn's deadline with its derivation: the working time it used, what was skipped and why, and a drawing (S-16)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leaddrum import words
from leaddrum.core import derivation as why
from leaddrum.core.hours import day_notes
from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens
from leaddrum.models import Cycle, Turn
from leaddrum.web.daybar import Drawing, draw
from leaddrum.web.viewer import Viewer

if TYPE_CHECKING:
    from leaddrum.core.derivation import Derivation, Skip, Step
    from leaddrum.engine.staff import Org

ALIKE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Part:
    """One line: a stretch of time and what it was to the budget."""

    when: str
    what: str
    used: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    turn: int
    offered_at: datetime
    due_at: datetime
    budget: int  # working seconds
    parts: tuple[Part, ...] = ()
    drawing: Drawing | None = None
    moved: bool = False  # today's hours would give another one: it was extended, or the hours were edited since
    verdict: str = ""  # of a turn that is over
    ended_at: datetime | None = None
    spent: float | None = None  # working seconds from the offer to its end


def running(cycle: Cycle, viewer: Viewer) -> Deadline | None:
    """Of the open turn; None when no turn is open."""
    if cycle.state != Cycle.State.OFFERED or cycle.offered_at is None or cycle.due_at is None:
        return None
    times = (cycle.offered_at, cycle.due_at, cycle.budget)
    return _explained(viewer, cycle.drum_id, cycle.holder_id, cycle.turn_number, times)


def of_turn(cycle: Cycle, number: int, viewer: Viewer) -> Deadline | None:
    """Of any turn of a cycle, by its number; None when there is none."""
    if cycle.turn_number == number and cycle.state == Cycle.State.OFFERED:
        return running(cycle, viewer)
    turn = Turn.objects.filter(cycle=cycle, number=number).first()
    if turn is None:
        return None
    times = (turn.offered_at, turn.due_at, turn.budget)
    ended_at, verdict = turn.verdict_at, turn.verdict
    explained = _explained(viewer, cycle.drum_id, turn.person_id, number, times, ended_at)
    spent = _spent(_hours(viewer.org, cycle.drum_id, turn.person_id), turn.offered_at, ended_at)
    return replace(explained, verdict=verdict, ended_at=ended_at, spent=spent)


def _spent(hours: Calendar, start: datetime, end: datetime) -> float | None:
    """Working seconds between them; None where today's hours do not reach back so far."""
    return hours.between(start, end) if hours.window[0] <= start <= end else None


def _hours(org: Org, drum: int, person: int | None) -> Calendar:
    """The hours a turn's clock runs in: the holder's in this drum; an offer to everybody has the drum's (S-12)."""
    return org.hours(person, drum) if person is not None and person in org.people else org.service(drum)


def _explained(
    viewer: Viewer,
    drum: int,
    person: int | None,
    turn: int,
    times: tuple[datetime, datetime, int],
    ended: datetime | None = None,
) -> Deadline:
    """By the hours as they are today; the deadline itself is the stored one. `ended`: when the turn was over."""
    offered_at, due_at, budget = times
    org = viewer.org
    hours = _hours(org, drum, person)
    member = org.people.get(person) if person is not None else None
    keys = [(org.policies[drum].calendar, "")] + ([(member.calendar, member.zone)] if member else [])
    rules = [org.rules(key, zone) for key, zone in keys if key]
    notes = day_notes(*rules, absences=member.absences if member else ())
    try:
        found = hours.explain(offered_at, budget, notes)
    except (BeyondHorizon, NeverOpens):
        return Deadline(turn, offered_at, due_at, budget, moved=True)
    return Deadline(
        turn,
        offered_at,
        due_at,
        budget,
        parts=tuple(parts(found, viewer.zone)),
        drawing=draw(found, hours, viewer.zone, viewer.now, ended),
        moved=abs(found.end - due_at) > ALIKE,
    )


def parts(found: Derivation, zone: ZoneInfo) -> list[Part]:
    """Steps and skips in the order of time, one line each."""
    lines: list[tuple[datetime, Part]] = [(step.start, _used(step, zone)) for step in found.steps]
    lines += [(skip.start, _skipped(skip, zone)) for skip in found.skipped]
    if found.more_steps:
        last = found.steps[-1].start
        what = _("%(count)s more stretches of work, %(time)s together") % {
            "count": found.more_steps,
            "time": _exact(found.more_seconds),
        }
        lines.append((last - timedelta(microseconds=1), Part("…", what, used=True)))
    return [part for _at, part in sorted(lines, key=lambda line: line[0])]


def _used(step: Step, zone: ZoneInfo) -> Part:
    return Part(_stretch(step.start, step.end, zone), _exact(step.seconds), used=True)


def _skipped(skip: Skip, zone: ZoneInfo) -> Part:
    what = {
        why.BREAK: _("break"),
        why.OUTSIDE: _("outside working hours"),
        why.WEEKDAY: _("day off"),
        why.PLAN: _("day off by the shift plan"),
        why.HOLIDAY: _("holiday"),
        why.EXCEPTION: _("closed that day"),
        why.ABSENCE: _("absent"),
        why.UNLISTED: _("no working time"),
    }.get(skip.code, skip.code)
    return Part(_stretch(skip.start, skip.end, zone), f"{what}: {skip.note}" if skip.note else what, used=False)


def _stretch(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """“Fri 20 November 17:50–18:00”; whole days by their names alone; with both days when it ends on another one."""
    a, b = start.astimezone(zone), end.astimezone(zone)
    until_midnight = b.time() == time(0)
    last = b - timedelta(hours=1) if until_midnight else b
    if a.time() == time(0) and until_midnight:
        return _day(a) if a.date() == last.date() else f"{_day(a)} – {_within(_day(last))}"
    if a.date() == last.date():
        return f"{_day(a)} {_clock(a)}–{'24:00' if until_midnight else _clock(b)}"
    return f"{_day(a)} {_clock(a)} – {_within(_day(b))} {_clock(b)}"


def _within(day: str) -> str:
    """A day that does not begin the line: Russian writes its name small."""
    return day.lower() if (get_language() or "").startswith("ru") else day


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def _exact(seconds: float) -> str:
    """“1 h 30 min”, “2 min 30 s”: the parts must add up to the term before the reader's eyes."""
    whole = round(seconds)
    minutes, rest = whole // 60 * 60, whole % 60
    return " ".join(words.duration(part) for part in (minutes, rest) if part) or words.duration(0)


def _day(at: datetime) -> str:
    return formats.date_format(at, "D j E")
