"""What a day sheet holds: one short record for each passage that began that day and each turn offered that day.

A change of a record's fields needs a migration that makes every sheet due.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntFlag
from typing import Any

from django.db.models import Exists, OuterRef

from leaddrum.models import FactIncident, FactLead, FactTurn


class LeadIs(IntFlag):
    """What a passage is, for counting."""

    TAKEN = 1
    IN_TIME = 2
    WAITING = 4
    HANDED = 8
    HEAD = 16
    HELD = 32
    JUNK = 64
    BACK = 128
    FALSE = 256  # a false take (S-38)
    FIRST = 512  # the lead's first passage


class TurnIs(IntFlag):
    """What a turn is, for counting."""

    TAKEN = 1
    MISSED = 2
    ANNULLED = 4
    EXCUSED = 8  # and not annulled
    ANSWERABLE = 16
    RETURNED = 32
    VOID = 64


@dataclass(frozen=True)
class Form:
    """The fields of a record, each with its letter of `struct`. In them 0 is nobody, -1 no duration (seconds);
    `hour` is that of the week, from Monday's first, 0."""

    fields: tuple[tuple[str, str], ...]

    @property
    def record(self) -> struct.Struct:
        return struct.Struct("<" + "".join(letter for _name, letter in self.fields))


_WHOSE = (("key", "Q"), ("person", "I"), ("department", "I"), ("drum", "I"), ("source", "I"))
LEAD = Form((*_WHOSE, ("wait", "i"), ("system", "i"), ("hand_overs", "H"), ("hour", "B"), ("flags", "H")))
TURN = Form((*_WHOSE, ("take", "i"), ("number", "H"), ("hour", "B"), ("flags", "B")))
MOST = 2**16 - 1  # a number of turns that fits
WAITING = frozenset({"offered", "held", "with_head"})

_LEAD_COLUMNS = (
    *("opened_on", "arrived_on", "pk", "person_id", "department_id", "drum_id", "source_id"),
    *("wait_seconds", "system_seconds", "hand_overs", "arrived_hour", "passage", "state"),
    *("is_taken", "is_taken_in_time", "escalations", "holds", "is_junk", "came_back", "false"),
)
_TURN_COLUMNS = (
    *("offered_on", "pk", "person_id", "department_id", "drum_id", "source_id", "take_seconds", "turn_number"),
    *("offered_hour", "verdict", "excuse", "is_annulled", "is_answerable"),
)


def leads(company: int, days: Sequence[date]) -> dict[date, bytes]:
    """The passages that began on these days, from the facts."""
    false = FactIncident.objects.filter(passage_id=OuterRef("pk"), turn_number=0)
    rows = FactLead.objects.filter(company_id=company, opened_on__in=days).annotate(false=Exists(false))
    return _by_day((row[0], _lead(*row[1:])) for row in rows.values_list(*_LEAD_COLUMNS))


def turns(company: int, days: Sequence[date]) -> dict[date, bytes]:
    """The turns offered on these days, from the facts."""
    rows = FactTurn.objects.filter(company_id=company, offered_on__in=days)
    return _by_day((row[0], _turn(*row)) for row in rows.values_list(*_TURN_COLUMNS))


def _by_day(records: Iterable[tuple[date, bytes]]) -> dict[date, bytes]:
    found: dict[date, list[bytes]] = defaultdict(list)
    for day, record in records:
        found[day].append(record)
    return {day: b"".join(some) for day, some in found.items()}


def _lead(
    arrived_on: date,
    key: int,
    person: int | None,
    department: int | None,
    drum: int,
    source: int,
    wait: int | None,
    system: int,
    hand_overs: int,
    hour: int,
    passage: int,
    state: str,
    taken: bool,
    in_time: bool,
    escalations: int,
    holds: int,
    junk: bool,
    back: bool,
    false: bool,
    pack: Any = LEAD.record.pack,
) -> bytes:
    is_ = (
        (LeadIs.TAKEN, taken),
        (LeadIs.IN_TIME, in_time),
        (LeadIs.WAITING, state in WAITING),
        (LeadIs.HANDED, hand_overs > 0),
        (LeadIs.HEAD, escalations > 0),
        (LeadIs.HELD, holds > 0),
        (LeadIs.JUNK, junk),
        (LeadIs.BACK, back),
        (LeadIs.FALSE, false),
        (LeadIs.FIRST, passage == 1),
    )
    whose = (key, person or 0, department or 0, drum, source)
    times = (_duration(wait), _duration(system))
    return bytes(pack(*whose, *times, min(hand_overs, MOST), _hour(arrived_on, hour), _flags(is_)))


def _turn(
    offered_on: date,
    key: int,
    person: int | None,
    department: int | None,
    drum: int,
    source: int,
    take: int | None,
    number: int,
    hour: int,
    verdict: str,
    excuse: str,
    annulled: bool,
    answerable: bool,
    pack: Any = TURN.record.pack,
) -> bytes:
    is_ = (
        (TurnIs.TAKEN, verdict == "taken"),
        (TurnIs.MISSED, verdict == "missed"),
        (TurnIs.ANNULLED, annulled),
        (TurnIs.EXCUSED, bool(excuse) and not annulled),
        (TurnIs.ANSWERABLE, answerable),
        (TurnIs.RETURNED, verdict == "returned"),
        (TurnIs.VOID, verdict == "void"),
    )
    whose = (key, person or 0, department or 0, drum, source)
    return bytes(pack(*whose, _duration(take), min(number, MOST), _hour(offered_on, hour), _flags(is_)))


def _hour(day: date, hour: int) -> int:
    return day.weekday() * 24 + hour


def _flags(pairs: Iterable[tuple[IntFlag, bool]]) -> int:
    return sum(flag.value for flag, holds in pairs if holds)


def _duration(seconds: int | None) -> int:
    return -1 if seconds is None else min(seconds, 2**31 - 1)
