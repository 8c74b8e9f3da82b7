"""The past of a drum as the adviser reads it: ended turns from the books that are kept behind the engine.

A question covers a period and at most MOST_TURNS of its newest turns, so that no answer grows with the history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from leaddrum.core.advice import Terms
from leaddrum.core.doubts import Offer
from leaddrum.core.policy import Policy
from leaddrum.engine import org
from leaddrum.engine.staff import Org
from leaddrum.models import Company, Drum, FactTurn, Person, Source

MOST_TURNS = 30_000
DEFAULT = timedelta(days=182)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which past: days of the company's calendar, the last one included."""

    drum: Drum
    since: date
    until: date
    source: str = ""
    person: Person | None = None


class End(NamedTuple):
    """How a turn ended."""

    verdict: str
    at: datetime
    passage: int


@dataclass(frozen=True, slots=True)
class Past:
    """What was found. `hours[i]`, `sources[i]` and, where it was asked for, `ends[i]` belong to `offers[i]`."""

    offers: Sequence[Offer]
    hours: Sequence[int]
    sources: Sequence[str]
    ends: Sequence[End]
    cut: bool  # older turns of the period were left out


def asked(
    company: Company,
    drum: Drum,
    now: datetime,
    *,
    since: date | None = None,
    until: date | None = None,
    source: str = "",
    person: Person | None = None,
) -> Asked:
    """Half a year up to today where nothing else is said."""
    today = now.astimezone(ZoneInfo(company.zone)).date()
    last = until or today
    return Asked(drum, since or last - DEFAULT, last, source, person)


def past(wanted: Asked, *, ends: bool = False) -> Past:
    """The ended turns of these days. Offers to everybody say nothing of one person, and are left out.

    Args:
        ends: how each ended is wanted too; it costs a third of the reading.
    """
    drum = wanted.drum
    names = dict(Source.objects.filter(company=drum.company_id).values_list("pk", "name"))
    turns = FactTurn.objects.filter(
        company_id=drum.company_id,
        offered_on__gte=wanted.since,
        offered_on__lte=wanted.until,
        drum_id=drum.pk,
        person_id__isnull=False,
        worked_seconds__isnull=False,
        is_deleted=False,
    )
    if wanted.source:
        turns = turns.filter(source_id__in=[pk for pk, name in names.items() if name == wanted.source])
    if wanted.person is not None:
        turns = turns.filter(person_id=wanted.person.pk)
    columns = (
        *("worked_seconds", "is_taken", "person_id", "turn_number", "budget_seconds", "offered_hour", "source_id"),
        *(("verdict", "ended_at", "passage_id") if ends else ()),
    )
    rows = list(turns.order_by("-offered_on", "-turn_key").values_list(*columns)[: MOST_TURNS + 1])
    kept = rows[:MOST_TURNS]
    return Past(
        offers=[
            Offer(float(worked), taken, who, turn, max(1, budget)) for worked, taken, who, turn, budget, *_ in kept
        ],
        hours=[row[5] for row in kept],
        sources=[names.get(row[6], "") for row in kept],
        ends=[End(*row[7:]) for row in kept] if ends else [],
        cut=len(rows) > MOST_TURNS,
    )


def terms(wanted: Asked, company: Org, found: Past) -> Terms:
    """The drum as it is today: its people, its budget, and how much comes."""
    policy = company.policies[wanted.drum.pk]
    return Terms(
        people=people(wanted.drum, company, found),
        budget=policy.budget_for(wanted.source),
        delay=policy.verdict_delay,
        cooldown=policy.cooldown,
        escalate_after=policy.escalate_after,
        leads_per_hour=_arrivals(wanted, company, found),
    )


def people(drum: Drum, company: Org, found: Past) -> tuple[int, ...]:
    """The roster; where it depends on the owner, whoever had turns."""
    roster = company.roster(drum.pk, None) or tuple(sorted({offer.person for offer in found.offers}))
    members = (company.people[person] for person in roster if person in company.people)
    return tuple(member.id for member in members if member.active and not member.technical)


def _arrivals(wanted: Asked, company: Org, found: Past) -> float:
    """Leads per hour of the drum's service; 0 where the period lies before or after all that today's hours reach."""
    start, end = instants(wanted, company)
    first, last = company.window
    begins, ends = max(start, first), min(end, last)
    hours = company.service(wanted.drum.pk).between(begins, ends) / 3600 if begins < ends else 0.0
    return sum(1 for offer in found.offers if offer.number == 1) / hours if hours else 0.0


def instants(wanted: Asked, company: Org) -> tuple[datetime, datetime]:
    """The period as `[start, end)`."""
    zone = ZoneInfo(company.zone)
    return (
        datetime.combine(wanted.since, time(), zone),
        datetime.combine(wanted.until + timedelta(days=1), time(), zone),
    )


def names(company: Org) -> Mapping[int, str]:
    return {member.id: member.name for member in company.people.values()}


def policy_of(company: Company, drum: Drum, now: datetime) -> tuple[Org, Policy]:
    people_now = org.of(company, now)
    return people_now, people_now.policies[drum.pk]
