"""What must be true of the rows after every step, in every mode, under every fault: I1-I8 of docs/rules.md.

I3 (no miss without a fresh read) and I4 (nothing a human did is undone) are about acts, not rows: stories show them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leaddrum.core.cycle import OPEN
from leaddrum.models import Aftercare, Company, CrmWrite, Cycle, Drum, Entry, Incident, Pause, Person, Turn

INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")
MAY_CHANGE = {"explanation", "annulled_at", "annulled_by_id", "annulled_why"}  # of an incident (S-47)


@dataclass
class Memory:
    """What was written before: it must still read the same (I2, S-49)."""

    rows: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    head: int = -1
    entries: int = 0

    def pages_notice(self, head: int, entries: int) -> None:
        """Pages ask whether the company's head has risen: it must, with every line of the journal."""
        assert head >= self.head, f"the head fell from {self.head} to {head}"
        assert entries == self.entries or head > self.head, (
            f"{entries - self.entries} new entries, the head stood still"
        )
        self.head, self.entries = head, entries

    def compare(self, rows: Iterable[Turn | Incident | Entry]) -> None:
        for row in rows:
            values = {
                f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in MAY_CHANGE
            }
            key = (type(row).__name__, row.pk)
            before = self.rows.setdefault(key, values)
            assert before == values, f"{key} was rewritten: {before} → {values}"


def check(company: Company | int, memory: Memory | None = None) -> None:
    """Assert every invariant on the rows of one company.

    Raises:
        AssertionError: says which invariant and which row.
    """
    company = Company.objects.get(pk=company if isinstance(company, int) else company.pk)
    cycles = list(Cycle.objects.filter(company=company).select_related("lead", "drum"))
    turns = _by_cycle(Turn.objects.filter(company=company).order_by("number"))
    incidents = _by_cycle(Incident.objects.filter(company=company).order_by("turn_number"))
    entries = _by_cycle(Entry.objects.filter(company=company).order_by("seq"))
    for cycle in cycles:
        one_open_turn(cycle, turns[cycle.pk])
        never_forgotten(cycle)
        one_incident_a_miss(cycle, turns[cycle.pk], incidents[cycle.pk], entries[cycle.pk])
        whole_journal(cycle, entries[cycle.pk])
        explained(cycle, entries[cycle.pk])
    engine_wakes(company, cycles)
    people = list(Person.objects.filter(company=company).only("key", "open_offers", "paused_at", "pause_reason"))
    offers_counted(people, cycles)
    pauses_kept(company, people)
    if memory is not None:
        memory.pages_notice(company.head, sum(map(len, entries.values())))
        for rows in (turns, incidents, entries):
            memory.compare(row for of_cycle in rows.values() for row in of_cycle)


def _by_cycle(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    grouped: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.cycle_id].append(row)
    return grouped


def one_open_turn(cycle: Cycle, turns: Sequence[Turn]) -> None:
    """I1, I2: turns are numbered without gaps; all but the open one have their verdict."""
    is_open = cycle.state == Cycle.State.OFFERED
    ended = cycle.turn_number - is_open
    numbers = [turn.number for turn in turns]
    assert numbers == list(range(1, ended + 1)), f"I1/I2: cycle {cycle} ({cycle.state}): turns {numbers} of {ended}"
    if is_open:
        assert cycle.offered_at is not None, f"I1: cycle {cycle.pk} is offered and has no offered_at"
        assert cycle.due_at is not None, f"I1: cycle {cycle.pk} is offered and has no due_at"
        assert cycle.due_at >= cycle.offered_at, f"cycle {cycle.pk}: due before it was offered"
        if cycle.turn.get("asked"):
            writes = CrmWrite.objects.filter(cycle=cycle, turn_number=cycle.turn_number, done_at=None)
            assert writes.exists(), f"I5: cycle {cycle.pk} waits for a CRM that was not asked"
        else:
            assert cycle.next_at is not None, f"I5: cycle {cycle.pk} is offered and nothing will look at it again"
    for turn in turns:
        assert turn.verdict in Turn.Verdict.values, f"I2: turn {turn} has the verdict {turn.verdict!r}"


def never_forgotten(cycle: Cycle) -> None:
    """I5: ended, with a person, with the head, or in a hold that has a reason and will be looked at."""
    if cycle.state not in OPEN:
        assert cycle.ended_at is not None, f"cycle {cycle.pk} is {cycle.state} and has no end"
        assert cycle.next_at is None, f"cycle {cycle.pk} ended and is still to be looked at"
        return
    assert cycle.ended_at is None, f"cycle {cycle.pk} is {cycle.state} and has an end"
    if cycle.state == Cycle.State.HELD:
        assert cycle.hold.get("reason"), f"I5: cycle {cycle.pk} is held without a reason"
        assert cycle.hold.get("since"), f"I5: cycle {cycle.pk} is held since nobody knows when"
        # When nothing but a person's act can end the hold, and the head knows of it, there is nothing to wake for.
        told = cycle.hold["told"] and cycle.hold["until"] is None
        watched = cycle.next_at or cycle.drum.release_at or told
        assert watched or cycle.hold_reason == "frozen", f"I5: cycle {cycle.pk} is never looked at: {cycle.hold}"


def one_incident_a_miss(
    cycle: Cycle, turns: Sequence[Turn], incidents: Sequence[Incident], entries: Sequence[Entry]
) -> None:
    """I8: one missed turn, one incident, one line in the journal; one offer for each turn."""
    missed = [turn.number for turn in turns if turn.verdict == Turn.Verdict.MISSED]
    false = [incident for incident in incidents if incident.turn_number == 0]  # S-38: of the take, not of a turn
    told = [entry for entry in entries if entry.kind == "false_take"]
    assert len(false) == len(told) <= 1, f"S-38: cycle {cycle.pk} has {len(false)} false takes, told {len(told)}"
    assert not false or cycle.state == Cycle.State.TAKEN, f"S-38: cycle {cycle.pk} is {cycle.state}, and a false take"
    incidents = [incident for incident in incidents if incident.turn_number]
    recorded = [incident.turn_number for incident in incidents]
    written = [entry.data.get("turn") for entry in entries if entry.kind == "missed"]
    assert missed == recorded, f"I8: cycle {cycle.pk} missed {missed}, incidents {recorded}"
    assert missed == written, f"I8: cycle {cycle.pk} missed {missed}, the journal says {written}"
    assert cycle.misses == len(missed), f"I8: cycle {cycle.pk} counts {cycle.misses} misses of {len(missed)}"
    offers = sum(entry.kind == "offered" for entry in entries)
    assert offers == cycle.turn_number, f"I8: cycle {cycle.pk} has {offers} offers for {cycle.turn_number} turns"
    people = {turn.number: turn.person_id for turn in turns}
    for incident in incidents:
        assert incident.person_id == people[incident.turn_number], f"I8: {incident} blames somebody else"


def whole_journal(cycle: Cycle, entries: Sequence[Entry]) -> None:
    """Each `seq` exists once or not at all, without gaps; every instant in it is aware (I6)."""
    numbers = [entry.seq for entry in entries]
    assert numbers == list(range(1, cycle.seq + 1)), f"cycle {cycle.pk}: journal {numbers}, not 1…{cycle.seq}"
    for entry in entries:
        for text in _texts(entry.data):
            if INSTANT.match(text):
                assert datetime.fromisoformat(text).tzinfo is not None, f"I6: naive instant {text} in {entry}"


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def explained(cycle: Cycle, entries: Sequence[Entry]) -> None:
    """I7: an offer names everybody who was considered, and the one it chose."""
    for entry in entries:
        if entry.kind != "offered":
            continue
        lines, person = entry.data["candidates"], entry.data["person"]
        assert lines, f"I7: {entry} has no candidates"
        if person is not None:
            chosen = [line[0] for line in lines if line[1] == "chosen"]
            assert chosen == [person], f"I7: {entry} offered to {person}, explained as {chosen}"


def engine_wakes(company: Company, cycles: Sequence[Cycle]) -> None:
    """I5: the company's alarm rings no later than anything in it needs."""
    needs = [cycle.next_at for cycle in cycles if cycle.next_at]
    drums = Drum.objects.filter(company=company, release_at__isnull=False)
    cared = Aftercare.objects.filter(company=company, next_at__isnull=False)
    needs += [at for at in cared.values_list("next_at", flat=True) if at]
    needs += [at for at in drums.values_list("release_at", flat=True) if at]
    if needs:
        assert company.wake_at is not None, "I5: something is due and the engine will not wake"
        assert company.wake_at <= min(needs), f"I5: the engine wakes at {company.wake_at}, needed at {min(needs)}"


def offers_counted(people: Sequence[Person], cycles: Sequence[Cycle]) -> None:
    """The caps of S-18 rest on this count."""
    held = Counter(cycle.holder_id for cycle in cycles if cycle.state == Cycle.State.OFFERED and cycle.holder_id)
    for person in people:
        assert person.open_offers == held[person.pk], (
            f"{person.key} holds {held[person.pk]}, counted {person.open_offers}"
        )
    for cycle in cycles:
        if cycle.state == Cycle.State.OFFERED and cycle.holder_id and cycle.lead.deleted_at is None:
            if CrmWrite.objects.filter(lead=cycle.lead_id, kind="owner", done_at=None).exists():
                continue  # a CRM apart is being asked to make him the owner
            assert cycle.lead.owner_id == cycle.holder_id, f"S-3: lead {cycle.lead_id} has another owner"


def pauses_kept(company: Company, people: Sequence[Person]) -> None:
    """Who is paused has one row without an end, since the same instant; nobody else has one, and none overlap."""
    open_ones = dict[int, tuple[datetime, str]]()
    ends = dict[int, datetime]()
    for pause in Pause.objects.filter(company=company).order_by("starts_at", "pk"):
        assert pause.person_id not in open_ones, f"{pause} began while another one ran"
        assert pause.starts_at >= ends.get(pause.person_id, pause.starts_at), f"{pause} began before the last one ended"
        if pause.ends_at is None:
            open_ones[pause.person_id] = pause.starts_at, pause.why
        else:
            assert pause.ends_at >= pause.starts_at, f"{pause} ended before it began"
            ends[pause.person_id] = pause.ends_at
    for person in people:
        says = (person.paused_at, person.pause_reason) if person.paused_at else None
        assert open_ones.get(person.pk) == says, f"{person.key} is paused: {says}, kept: {open_ones.get(person.pk)}"
