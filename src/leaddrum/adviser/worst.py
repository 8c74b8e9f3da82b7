"""`leaddrum worst-case`: how long a lead can go round at most, and the holes in that bound (S-53)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum.company.hours import Rota, rosters
from leaddrum.company.lint import lint
from leaddrum.company.lint_hours import moment
from leaddrum.company.shape import Absence as AbsenceEntry
from leaddrum.company.shape import CompanyFile, Drum, Person
from leaddrum.company.stored import stored
from leaddrum.company.worst_case import WEEK, worst_case
from leaddrum.core.policy import Escalation, Strategy
from leaddrum.models import Absence, Company

LONG_CLOSED = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Worst:
    drum: Drum
    sentence: str
    holes: tuple[str, ...]


def worst(file: CompanyFile, drum: str | None, now: datetime) -> list[Worst]:
    """Every drum of the file, or the one of that key.

    Raises KeyError: there is none of that key.
    """
    chosen = [one for one in file.drums if drum is None or one.key == drum]
    if drum is not None and not chosen:
        raise KeyError(drum)
    rota = Rota(file, now)
    doubts = lint(file, now=now).problems
    found = []
    for one in chosen:
        warned = [problem.what for problem in doubts if problem.key.startswith(f"drums[{one.key}]")]
        found.append(Worst(one, worst_case(rota, one), (*warned, *_holes(rota, one))))
    return found


def as_it_is(company: Company) -> CompanyFile:
    """The company with everybody's absences, those too that were entered on the pages."""
    rows = Absence.objects.filter(person__company=company).select_related("person")
    absences = (AbsenceEntry(row.person.key, row.starts_at, row.ends_at, row.reason) for row in rows)
    return replace(stored(company), absences=tuple(absences))


def _holes(rota: Rota, drum: Drum) -> Iterator[str]:
    """What the bound does not cover, from the largest on."""
    policy = drum.policy
    closed = _longest_closed(rota, drum)
    zone = ZoneInfo(rota.file.zone)
    if closed is not None:
        yield _("Outside service hours nobody is watched: a lead of %(closes)s is not offered before %(opens)s.") % {
            "closes": moment(closed[0].astimezone(zone)),
            "opens": moment(closed[1].astimezone(zone)),
        }
    people = [person for roster in rosters(rota.file, drum) for person in roster]
    if people and policy.rotate and policy.strategy is not Strategy.CLAIM:
        most = len({person.key for person in people}) * policy.open_offers_cap
        yield ngettext(
            "The bound holds for %(most)s lead at a time (%(people)s × %(cap)s): further ones wait in a queue.",
            "The bound holds for %(most)s leads at a time (%(people)s × %(cap)s): further ones wait in a queue.",
            most,
        ) % {"most": most, "people": len({person.key for person in people}), "cap": policy.open_offers_cap}
    yield from _heads(rota, people)
    if policy.escalation is Escalation.OBSERVE:
        yield _("The head is told and looks on; nothing makes him act, and the drum goes round without an end.")
    if policy.escalation is Escalation.FREEZE:
        yield _("With the head the lead rests until he decides: for that there is no deadline.")
    if policy.escalation is Escalation.OWN:
        yield _("Once the lead is the head's own there is no deadline any more.")


def _longest_closed(rota: Rota, drum: Drum) -> tuple[datetime, datetime] | None:
    """The longest closed time of the coming week, if it is long: from the closing to the opening."""
    spans = [span for span in rota.service(drum).spans() if span.end > rota.now]
    pairs = [(before.end, after.start) for before, after in itertools.pairwise(spans) if before.end < rota.now + WEEK]
    longest = max(pairs, key=lambda pair: pair[1] - pair[0], default=None)
    return longest if longest is not None and longest[1] - longest[0] >= LONG_CLOSED else None


def _heads(rota: Rota, people: list[Person]) -> Iterator[str]:
    """Heads who are away in the coming week without a deputy of their own, and people without any head."""
    file = rota.file
    members = {person.key: person for person in file.people}
    units = {unit.key: unit for unit in file.departments}
    for key in sorted({key for person in people for key in person.departments}):
        unit = units[key]
        head = members.get(unit.head)
        if head is None:
            continue
        away = [span for span in rota.away(head) if span[0] < rota.now + WEEK]
        if away and not unit.deputy and not unit.parent:
            zone = ZoneInfo(file.zone)
            yield _("%(head)s is absent until %(until)s, and “%(unit)s” has no deputy: nobody hears of its misses.") % {
                "head": head.name,
                "until": moment(away[0][1].astimezone(zone)),
                "unit": unit.name,
            }
