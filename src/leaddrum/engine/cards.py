"""Cycles with their leads, as rows are read for a decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from leaddrum.core.cycle import Cycle
from leaddrum.engine import sql
from leaddrum.engine.rows import cycle_of, instant

BATCH = 1000  # open turns looked at in one go
_COLUMNS = (
    "c.id, c.lead_id, c.number, c.state, c.candidates, c.misses, c.turn_number, c.holder_id, c.offered_at, c.due_at, "
    "c.budget, c.turn, c.seen, c.pinned_id, c.priority, c.hold_reason, c.hold, c.drum_id, c.seq, c.next_at, "
    "l.stage_id, l.owner_id, l.moved_at, l.moved_by_id, l.source, l.deleted_at, l.read_at, c.error <> ''"
)
_INSTANTS = frozenset({"c.offered_at", "c.due_at", "c.next_at", "l.moved_at", "l.read_at"})
_JSON = frozenset({"c.candidates", "c.turn", "c.seen", "c.hold"})
_ROWS = " FROM leaddrum_cycle c JOIN leaddrum_lead l ON l.id = c.lead_id WHERE "


@dataclass(frozen=True, slots=True)
class Card:
    """A cycle and its lead as read in this transaction. On the board the lead's row is the CRM, so the reading is
    fresh by construction (I3); of a CRM apart it is as fresh as `read_at`."""

    cycle: Cycle
    drum: int
    seq: int
    candidates: str  # JSON of the open turn's choice; passed on as it is
    next_at: datetime | None
    stage: int
    owner: int | None
    moved_at: datetime
    moved_by: int | None
    source: str
    deleted: bool
    read_at: datetime | None
    stumbled: bool = False  # the last tick on it failed


def cards(where: str, values: Sequence[Any]) -> list[Card]:
    """The cycles of one condition over `c` (cycle) and `l` (lead)."""
    return [_card(row) for row in sql.read(f"SELECT {_columns()}{_ROWS}{where}", values)]


def open_cards(lead_id: int) -> list[Card]:
    """The cycle of this lead that has not ended, if there is one."""
    return cards("c.lead_id = %s AND c.state IN ('offered', 'held', 'with_head')", [lead_id])


def open_turns(where: str, *values: int) -> Iterator[Card]:
    """The cycles of one condition over `c` that somebody holds, read a batch at a time.

    Their numbers are found first, by the indexes of what is open: in the order of numbers the database would begin with
    the company's first lead and go through all that were ever taken.
    """
    held = f"{where} AND c.state = 'offered' AND c.ended_at IS NULL"
    found = sorted(row[0] for row in sql.read(f"SELECT c.id FROM leaddrum_cycle c WHERE {held}", values))  # noqa: S608
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        marks = ", ".join(["%s"] * len(batch))
        yield from cards(f"c.id IN ({marks}) AND {held} ORDER BY c.id", [*batch, *values])


def _columns() -> str:
    names = []
    for name in _COLUMNS.split(", "):
        if name in _INSTANTS:
            names.append(sql.instants(name))
        else:
            names.append(f"CAST({name} AS TEXT)" if name in _JSON else name)
    return ", ".join(names)


def _card(row: tuple[Any, ...]) -> Card:
    load = orjson.loads
    return Card(
        cycle=cycle_of(
            id=row[0],
            lead_id=row[1],
            number=row[2],
            state=row[3],
            misses=row[5],
            turn_number=row[6],
            holder_id=row[7],
            offered_at=instant(row[8]) if row[8] else None,
            due_at=instant(row[9]) if row[9] else None,
            budget=row[10],
            turn=load(row[11]),
            seen=load(row[12]),
            pinned_id=row[13],
            priority=row[14],
            hold_reason=row[15],
            hold=load(row[16]),
        ),
        drum=row[17],
        seq=row[18],
        candidates=row[4],
        next_at=instant(row[19]) if row[19] else None,
        stage=row[20],
        owner=row[21],
        moved_at=instant(row[22]),
        moved_by=row[23],
        source=row[24],
        deleted=row[25] is not None,
        read_at=instant(row[26]) if row[26] else None,
        stumbled=bool(row[27]),
    )
