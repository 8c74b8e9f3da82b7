"""The worst case of a drum in words (S-53): "a lead of Friday 17:50 reaches the head not later than Monday 10:50"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum.company import saying
from leaddrum.company.hours import Rota, able, rosters
from leaddrum.company.lint_hours import moment
from leaddrum.company.shape import Drum
from leaddrum.core.policy import Strategy
from leaddrum.core.worktime import Calendar
from leaddrum.core.worst_case import Crew, Terms, head_at, worst

WEEK = timedelta(days=7)
STEP = timedelta(minutes=10)


KEPT = 256  # sentences
_known: dict[bytes, str] = {}


def worst_case(rota: Rota, drum: Drum) -> str:
    """One sentence, from the arrivals in service hours of the coming seven days and each budget of the drum. Kept, for
    most edits of a company leave most of its drums as they were."""
    key = _depends_on(rota, drum)
    found = _known.get(key)
    if found is None:
        if len(_known) >= KEPT:
            _known.pop(next(iter(_known)), None)
        found = _known[key] = _worst_case(rota, drum)
    return found


def _depends_on(rota: Rota, drum: Drum) -> bytes:
    """Names what the sentence is made of: the drum, the hours and absences of its people, the language, the hour: a
    sentence about seven days is not made anew at each look."""
    file = rota.file
    groups = rosters(file, drum) if drum.policy.rotate else [able(file)]
    same = [sorted(rota.alike(people).items()) for people in groups]
    keys = {drum.policy.calendar, *(calendar for group in same for (calendar, _zone, _away), _count in group)}
    specs = sorted((key, repr(file.calendars[key])) for key in keys if key)
    language, hour = translation.get_language(), rota.now.replace(minute=0, second=0, microsecond=0)
    return sha256(repr((drum, same, specs, file.zone, file.language, language, hour)).encode()).digest()


def _worst_case(rota: Rota, drum: Drum) -> str:
    policy = drum.policy
    name = {"drum": drum.name}
    week = list(arrivals(rota.service(drum), rota.now))
    crews = _crews(rota, drum)
    tried = [(budget, worst(one, _terms(drum, budget), week)) for one in crews for budget in _budgets(drum)]
    if not tried:
        return _("Drum “%(drum)s”: nobody is in the roster, so every lead waits for the head.") % name
    known = [(budget, case) for budget, case in tried if case is not None]
    if len(known) < len(tried):
        return _("Drum “%(drum)s”: within the coming months it cannot be said when a lead reaches the head.") % name
    budget, case = max(known, key=lambda found: found[1].reached - found[1].arrival)
    zone = ZoneInfo(rota.file.zone)
    words = ngettext(
        "Drum “%(drum)s”: a lead of %(arrival)s reaches the head not later than %(reached)s "
        "(%(count)d missed turn of %(budget)s).",
        "Drum “%(drum)s”: a lead of %(arrival)s reaches the head not later than %(reached)s "
        "(%(count)d missed turns of %(budget)s each).",
        policy.escalate_after,
    )
    return words % {
        **name,
        "arrival": moment(case.arrival.astimezone(zone)),
        "reached": moment(_full_minute(case.reached).astimezone(zone)),
        "count": policy.escalate_after,
        "budget": saying.duration(budget),
    }


def _crews(rota: Rota, drum: Drum) -> list[list[Crew]]:
    """By department where the owner's decides. With `claim` the clock of an offer to everybody is the drum's.

    Where the lead stays with its owner, who may be anybody, it is his alone, and his absences do not count.
    """
    if not drum.policy.rotate:
        return [[Crew(crew.present)] for crew in rota.crews(drum, able(rota.file))]
    crews = [rota.crews(drum, people) for people in rosters(rota.file, drum) if people]
    if drum.policy.strategy is Strategy.CLAIM:
        return [[replace(crew, clock=rota.service(drum)) for crew in one] for one in crews]
    return crews


def latest(rota: Rota, drum: Drum, arrival: datetime) -> datetime | None:
    """When the head hears at the latest of a lead that nobody takes; None: it cannot be said."""
    crews = _crews(rota, drum)
    found = [head_at(one, _terms(drum, budget), arrival) for one in crews for budget in _budgets(drum)]
    known = [instant for instant in found if instant is not None]
    return max(known) if known and len(known) == len(found) else None


def _budgets(drum: Drum) -> list[int]:
    """The shortest is not always the quickest: its turns may end where the next one cannot be finished that day."""
    return sorted({drum.policy.budget, *drum.policy.trial, *drum.policy.budget_by_source.values()})


def _terms(drum: Drum, budget: int) -> Terms:
    policy = drum.policy
    cooldown = policy.cooldown if policy.cooldown is not None else budget
    return Terms(
        budget=budget,
        misses=policy.escalate_after,
        verdict_delay=policy.verdict_delay,
        cooldown=cooldown if policy.rotate else 0,
        shortest=min(budget, policy.sticky_budget),
        personal=1 if policy.strategy is Strategy.CLAIM and policy.rotate else policy.escalate_after,
    )


def arrivals(service: Calendar, now: datetime) -> Iterator[datetime]:
    """Every ten minutes of the service hours, for a week from the next opening.

    A lead of a closed hour waits no longer than one that comes just before.
    """
    opening = service.next_open(now)
    if opening is None:
        return
    at = opening.replace(minute=0, second=0, microsecond=0)
    end = at + WEEK
    while at < end:
        if at >= opening and service.is_open(at):
            yield at
        at += STEP


def _full_minute(instant: datetime) -> datetime:
    whole = instant.replace(second=0, microsecond=0)
    return whole if whole == instant else whole + timedelta(minutes=1)
