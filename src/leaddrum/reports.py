"""The read side: a lead's story and the journal of misses, as the API and the command line give them.

People, drums and stages are named by the company file's ids; instants are ISO 8601 in UTC; reasons are sentences in the
language that is active, with the company's wall clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from leaddrum import deliveries, words
from leaddrum.models import Company, Cycle, Incident, Lead, Person, Turn

Json: TypeAlias = dict[str, Any]
Lines: TypeAlias = Sequence[Sequence[Any]]  # [[person, code, value], …]


class _People:
    """Ids and names of everybody a report speaks of, in one query."""

    def __init__(self, numbers: Iterable[int | None], zone: ZoneInfo) -> None:
        wanted = {number for number in numbers if number is not None}
        rows = list(Person.objects.filter(pk__in=wanted).values_list("pk", "key", "name"))
        self.keys = {pk: key for pk, key, _name in rows}
        self.names = {pk: name for pk, _key, name in rows}
        self.zone = zone

    def key(self, number: int | None) -> str | None:
        return None if number is None else self.keys.get(number)

    def candidates(self, lines: Lines, at: datetime) -> list[Json]:
        """S-20: one line per candidate. `at`: when the choice was made."""
        return [
            {
                "person": self.keys.get(line[0]),
                "chosen": line[1] == "chosen",
                "reason": words.reason(line, self.names, self.zone, at),
            }
            for line in lines
        ]


def lead_story(lead_id: int, *, now: datetime) -> Json:
    """Every cycle and turn of a lead, the running turn included, in five queries however long the story is.

    Raises:
        Lead.DoesNotExist: there is no such lead.
    """
    lead = Lead.objects.select_related("company", "stage", "owner").get(pk=lead_id)
    cycles = list(Cycle.objects.filter(lead=lead).select_related("drum").order_by("number"))
    ended: dict[int, list[Turn]] = {cycle.pk: [] for cycle in cycles}
    for turn in Turn.objects.filter(cycle__in=cycles).order_by("number"):
        ended[turn.cycle_id].append(turn)
    people = _People(_named(cycles, ended), ZoneInfo(lead.company.zone))
    return {
        "id": lead.pk,
        "title": lead.title,
        "stage": lead.stage.key,
        "owner": lead.owner.key if lead.owner else None,
        "arrived_at": _iso(lead.arrived_at),
        "deleted_at": _iso(lead.deleted_at),
        "as_of": _iso(now),
        "cycles": [_cycle(cycle, ended[cycle.pk], people) for cycle in cycles],
    }


def _named(cycles: Iterable[Cycle], ended: Mapping[int, list[Turn]]) -> Iterable[int | None]:
    for cycle in cycles:
        yield from (cycle.holder_id, cycle.taken_by_id)
        yield from (line[0] for line in cycle.candidates)
        for turn in ended[cycle.pk]:
            yield turn.person_id
            yield from (line[0] for line in turn.candidates)


def _cycle(cycle: Cycle, ended: Iterable[Turn], people: _People) -> Json:
    turns = [_ended(turn, people) for turn in ended]
    if cycle.state == Cycle.State.OFFERED:
        turns.append(_running(cycle, people))
    return {
        "number": cycle.number,
        "drum": cycle.drum.key,
        "state": cycle.state,
        "misses": cycle.misses,
        "opened_at": _iso(cycle.opened_at),
        "ended_at": _iso(cycle.ended_at),
        "taken_by": people.key(cycle.taken_by_id),
        "hold": cycle.hold_reason or None,
        "turns": turns,
    }


def _ended(turn: Turn, people: _People) -> Json:
    return {
        "id": f"{turn.cycle_id}-{turn.number}",
        "number": turn.number,
        "person": people.key(turn.person_id),
        "offered_at": _iso(turn.offered_at),
        "due_at": _iso(turn.due_at),
        "budget_seconds": turn.budget,
        "verdict": turn.verdict,
        "verdict_at": _iso(turn.verdict_at),
        "candidates": people.candidates(turn.candidates, turn.offered_at),
    }


def _running(cycle: Cycle, people: _People) -> Json:
    offered_at = cycle.offered_at or cycle.opened_at
    return {
        "id": f"{cycle.pk}-{cycle.turn_number}",
        "number": cycle.turn_number,
        "person": people.key(cycle.holder_id),
        "offered_at": _iso(offered_at),
        "due_at": _iso(cycle.due_at),
        "budget_seconds": cycle.budget,
        "verdict": None,
        "verdict_at": None,
        "candidates": people.candidates(cycle.candidates, offered_at),
    }


def incidents(
    company_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    person: int | None = None,
    drum: int | None = None,
    after: int | None = None,
    limit: int = 100,
) -> tuple[list[Json], int | None]:
    """A page of the journal of misses, oldest first, in four queries.

    Args:
        since, until: of the verdicts: [since, until).
        after: the second value of the page before.

    Returns:
        The incidents, and what to pass as `after` for those that follow; None: these were the last.
    """
    found = Incident.objects.filter(company=company_id).order_by("pk")
    wanted = {"missed_at__gte": since, "missed_at__lt": until, "person": person, "drum": drum, "pk__gt": after}
    found = found.filter(**{name: value for name, value in wanted.items() if value is not None})
    rows = list(found.select_related("lead", "cycle", "drum")[: limit + 1])
    page = rows[:limit]
    zone = ZoneInfo(Company.objects.values_list("zone", flat=True).get(pk=company_id))
    people = _People((number for row in page for number in _of_incident(row)), zone)
    told = deliveries.of((row.cycle_id, row.turn_number) for row in page)
    items = [
        _incident(row, people) | {"deliveries": deliveries.plain(told.get((row.cycle_id, row.turn_number), ()))}
        for row in page
    ]
    return items, page[-1].pk if len(rows) > limit else None


def _of_incident(incident: Incident) -> Iterable[int | None]:
    yield from (incident.person_id, incident.next_person_id, incident.annulled_by_id)
    yield from (line[0] for line in incident.candidates)


def _incident(incident: Incident, people: _People) -> Json:
    """S-47. `turn` and `cycle` are numbers; `turn_id` names the turn as the lead's story does."""
    return {
        "id": incident.pk,
        "lead": incident.lead_id,
        "title": incident.lead.title,
        "cycle": incident.cycle.number,
        "turn": incident.turn_number,
        "turn_id": f"{incident.cycle_id}-{incident.turn_number}",
        "drum": incident.drum.key,
        "policy_version": incident.policy_version,
        "person": people.key(incident.person_id),
        "person_name": people.names.get(incident.person_id) if incident.person_id is not None else None,
        "offered_at": _iso(incident.offered_at),
        "due_at": _iso(incident.due_at),
        "missed_at": _iso(incident.missed_at),
        "overdue_seconds": round((incident.missed_at - incident.due_at).total_seconds()),
        "budget_seconds": incident.budget,
        "open_offers": incident.open_offers,
        "excuse": incident.excuse,
        "next_person": people.key(incident.next_person_id),
        "explanation": incident.explanation,
        "annulled": incident.annulled_at is not None,
        "annulled_at": _iso(incident.annulled_at),
        "annulled_by": people.key(incident.annulled_by_id),
        "annulled_why": incident.annulled_why,
        "candidates": people.candidates(incident.candidates, incident.missed_at),
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
