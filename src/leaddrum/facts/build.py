"""Facts of some passages, computed from the engine's rows. Nothing is written here.

The client's time falls into three parts that add up: with people, on hold, and the system's own delay. What people had
is counted to their deadline at most; what follows a deadline until the lead is passed on is the system's (S-6: the
verdict delay and the time until a tick saw it).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens
from leaddrum.engine.staff import Org
from leaddrum.models import Cycle, Entry, Incident, Turn

Row = dict[str, Any]
TOLD = ("arrived", "offered", "started", "held", "escalated", "taken", "closed")  # entries that facts are made of
TOLERANCE = 2  # seconds (S-5)
CHUNK = 400


@dataclass
class Built:
    """Rows by table, without change stamps."""

    leads: list[Row] = field(default_factory=list)
    turns: list[Row] = field(default_factory=list)
    incidents: list[Row] = field(default_factory=list)


def build(company: int, cycles: Sequence[int], org: Org, sources: Mapping[str, int]) -> Built:
    """The facts of these cycles of the company as its rows are now; `sources` has the number of every source."""
    built = Built()
    for first in range(0, len(cycles), CHUNK):
        _chunk(company, cycles[first : first + CHUNK], _Making(org, sources, ZoneInfo(org.zone), built))
    return built


def _chunk(company: int, numbers: Sequence[int], making: _Making) -> None:
    turns, incidents, entries = defaultdict(list), defaultdict(list), defaultdict(list)
    for turn in Turn.objects.filter(cycle__in=numbers).order_by("cycle_id", "number").defer("candidates"):
        turns[turn.cycle_id].append(turn)
    for incident in Incident.objects.filter(cycle__in=numbers).order_by("cycle_id", "turn_number").defer("candidates"):
        incidents[incident.cycle_id].append(incident)
    for entry in Entry.objects.filter(cycle__in=numbers, kind__in=TOLD).order_by("cycle_id", "seq"):
        entries[entry.cycle_id].append(entry)
    cycles = Cycle.objects.filter(company=company, pk__in=numbers).select_related("lead").order_by("pk")
    for cycle in cycles.defer("seen", "candidates", "turn", "lead__fields", "lead__text"):
        making.passage(cycle, turns[cycle.pk], incidents[cycle.pk], entries[cycle.pk])


@dataclass
class _Making:
    org: Org
    sources: Mapping[str, int]
    zone: ZoneInfo
    built: Built

    def passage(self, cycle: Cycle, turns: list[Turn], incidents: list[Incident], entries: list[Entry]) -> None:
        misses = {incident.turn_number: incident for incident in incidents}
        common = {
            "company_id": cycle.company_id,
            "passage_id": cycle.pk,
            "lead_id": cycle.lead_id,
            "drum_id": cycle.drum_id,
            "source_id": self.sources[cycle.lead.source],
            "is_deleted": cycle.lead.deleted_at is not None,
        }
        self.built.leads.append({**common, **self._lead(cycle, turns, incidents, entries)})
        for turn in turns:
            self.built.turns.append({**common, **self._turn(turn, misses.get(turn.number), cycle.drum_id)})
        for incident in incidents:
            self.built.incidents.append({**common, **self._incident(incident)})

    def _lead(self, cycle: Cycle, turns: list[Turn], incidents: list[Incident], entries: list[Entry]) -> Row:
        told = _Told(entries)
        missed = [incident for incident in incidents if incident.turn_number]  # 0: a false take (S-38), no miss
        taken_at, began = told.taken_at, cycle.lead.arrived_at if cycle.number == 1 else cycle.opened_at
        end = taken_at or cycle.ended_at
        held = told.held_until(end)
        with_people = sum(_elapsed(turn) for turn in turns)
        annulled = sum(1 for incident in missed if incident.annulled_at)
        excused = sum(1 for incident in missed if incident.excuse and not incident.annulled_at)
        person = cycle.taken_by_id or cycle.holder_id
        opened_on, _ = self._local(cycle.opened_at)
        arrived_on, arrived_hour = self._local(cycle.lead.arrived_at)
        return {
            "passage": cycle.number,
            "person_id": person,
            "department_id": self._department(person),
            "state": cycle.state,
            "stage_id": cycle.lead.stage_id,
            "moved_at": _second(cycle.lead.moved_at),
            "arrived_at": _second(cycle.lead.arrived_at),
            "arrived_on": arrived_on,
            "arrived_hour": arrived_hour,
            "opened_at": _second(cycle.opened_at),
            "opened_on": opened_on,
            "offered_at": _second(turns[0].offered_at if turns else cycle.offered_at),
            "taken_at": _second(taken_at),
            "ended_at": _second(cycle.ended_at),
            "turns": cycle.turn_number,
            "hand_overs": max(0, cycle.turn_number - 1),
            "misses": len(missed),
            "misses_excused": excused,
            "misses_annulled": annulled,
            "escalations": told.escalations,
            "holds": len(told.holds),
            "taken_turn": next((turn.number for turn in turns if turn.verdict == "taken"), None),
            "is_taken": taken_at is not None,
            "is_taken_in_time": taken_at is not None and told.in_time and len(missed) == annulled,
            "is_junk": told.untaken and taken_at is None,
            "came_back": told.came_back,
            "wait_seconds": _seconds(cycle.lead.arrived_at, taken_at),
            "service_seconds": self._worked(self._service(cycle.drum_id), cycle.lead.arrived_at, taken_at),
            "offered_seconds": with_people,
            "held_seconds": held,
            "system_seconds": max(0, (_seconds(began, end) or 0) - with_people - held) if end else 0,
        }

    def _turn(self, turn: Turn, miss: Incident | None, drum: int) -> Row:
        missed, taken = turn.verdict == "missed", turn.verdict == "taken"
        end = _end(turn)
        hours = self._service(drum) if turn.person_id is None else self._hours(turn.person_id, drum)
        worked = self._worked(hours, turn.offered_at, end)
        offered_on, offered_hour = self._local(turn.offered_at)
        annulled = miss is not None and miss.annulled_at is not None
        excuse = miss.excuse if miss is not None else ""
        return {
            "turn_key": turn.pk,
            "turn_number": turn.number,
            "person_id": turn.person_id,
            "department_id": self._department(turn.person_id),
            "policy_version": turn.policy_version,
            "offered_at": _second(turn.offered_at),
            "offered_on": offered_on,
            "offered_hour": offered_hour,
            "due_at": _second(turn.due_at),
            "ended_at": _second(turn.verdict_at),
            "noticed_at": _second(turn.noticed_at),
            "budget_seconds": turn.budget,
            "verdict": turn.verdict,
            "is_taken": taken,
            "is_missed": missed,
            "excuse": excuse,
            "is_annulled": annulled,
            "is_answerable": missed and not excuse and not annulled,
            "worked_seconds": worked,
            "take_seconds": worked if taken else None,
            "elapsed_seconds": _elapsed(turn),
            "system_seconds": max(0, _seconds(turn.due_at, turn.noticed_at) or 0) if missed else 0,
        }

    def _incident(self, incident: Incident) -> Row:
        missed_on, missed_hour = self._local(incident.missed_at)
        annulled = incident.annulled_at is not None
        return {
            "incident_id": incident.pk,
            "turn_number": incident.turn_number,
            "person_id": incident.person_id,
            "department_id": self._department(incident.person_id),
            "next_person_id": incident.next_person_id,
            "policy_version": incident.policy_version,
            "offered_at": _second(incident.offered_at),
            "due_at": _second(incident.due_at),
            "missed_at": _second(incident.missed_at),
            "missed_on": missed_on,
            "missed_hour": missed_hour,
            "budget_seconds": incident.budget,
            "overdue_seconds": max(0, _seconds(incident.due_at, incident.missed_at) or 0),
            "open_offers": incident.open_offers,
            "excuse": incident.excuse,
            "is_excused": bool(incident.excuse),
            "is_explained": bool(incident.explanation),
            "is_annulled": annulled,
            "is_answerable": not annulled and not incident.excuse,
            "annulled_at": _second(incident.annulled_at),
            "annulled_by_id": incident.annulled_by_id,
        }

    def _department(self, person: int | None) -> int | None:
        member = self.org.people.get(person) if person is not None else None
        return min(member.departments, default=None) if member else None

    def _local(self, at: datetime) -> tuple[date, int]:
        local = at.astimezone(self.zone)
        return local.date(), local.hour

    def _service(self, drum: int) -> Calendar | None:
        return self.org.service(drum) if drum in self.org.policies else None

    def _hours(self, person: int, drum: int) -> Calendar | None:
        known = person in self.org.people and drum in self.org.policies
        return self.org.hours(person, drum) if known else None

    @staticmethod
    def _worked(hours: Calendar | None, start: datetime, end: datetime | None) -> int | None:
        if hours is None or end is None:
            return None
        try:
            return round(hours.between(start, max(start, end)))
        except (BeyondHorizon, NeverOpens):
            return None


class _Told:
    """What a passage's journal entries say."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.holds: list[tuple[datetime, datetime | None]] = []  # from, until; None: still, or until the end
        self.escalations = 0
        self.taken_at: datetime | None = None
        self.in_time = self.untaken = self.came_back = False
        for entry in entries:
            if entry.kind in {"offered", "held"} and self.holds and self.holds[-1][1] is None:
                self.holds[-1] = (self.holds[-1][0], entry.at)
            if entry.kind == "held":
                self.holds.append((entry.at, None))
            elif entry.kind == "escalated":
                self.escalations += 1
            elif entry.kind == "arrived":
                self.came_back = entry.data.get("channel") == "back"
            elif entry.kind == "closed":
                self.untaken = bool(entry.data.get("untaken"))
            elif entry.kind == "taken":
                self.taken_at = datetime.fromisoformat(entry.data["at"]).astimezone(UTC)
                self.in_time = bool(entry.data.get("in_time"))

    def held_until(self, end: datetime | None) -> int:
        """Seconds on hold so far."""
        pairs = ((start, until or end) for start, until in self.holds)
        return sum(max(0, _seconds(start, until) or 0) for start, until in pairs if until is not None)


def _end(turn: Turn) -> datetime:
    """When his time was over: at the verdict, at the deadline if he missed it."""
    return min(turn.verdict_at, turn.due_at) if turn.verdict == "missed" else turn.verdict_at


def _elapsed(turn: Turn) -> int:
    return max(0, _seconds(turn.offered_at, _end(turn)) or 0)


def _second(at: datetime | None) -> datetime | None:
    return at.replace(microsecond=0) if at is not None else None


def _seconds(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else round((end - start).total_seconds())
