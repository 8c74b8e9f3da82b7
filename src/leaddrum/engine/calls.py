"""Who was on the phone when: a miss during a logged call is no guilt (S-48)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leaddrum.engine import sql
from leaddrum.engine.rows import instant

LONGEST = timedelta(hours=2)  # a call whose end was never told is over by then


@dataclass(frozen=True, slots=True)
class Calls:
    """Answered calls that were not over at `since`: person → (begin, end)."""

    since: datetime
    spans: Mapping[int, Sequence[tuple[datetime, datetime]]]

    def covers(self, person: int, at: datetime) -> bool:
        return any(start <= at <= end for start, end in self.spans.get(person, ()))


def calls_since(company_id: int, since: datetime) -> Calls:
    """One query by its index, however many turns are judged."""
    start, end = sql.instants("started_at"), sql.instants("ended_at")
    # `kind` in the very words of the partial index: SQLite does not recognise it with a parameter.
    answered = sql.read(
        f"SELECT person_id, {start}, {end} FROM leaddrum_touch"  # noqa: S608 - expressions of our own
        " WHERE kind = 'call' AND company_id = %s AND started_at > %s AND person_id IS NOT NULL"
        " AND (ended_at IS NULL OR (ended_at >= %s AND seconds > 0))",
        [company_id, since - LONGEST, since],
    )
    spans: dict[int, list[tuple[datetime, datetime]]] = {}
    for person, started, ended in answered:
        began = instant(started)
        spans.setdefault(person, []).append((began, instant(ended) if ended else began + LONGEST))
    return Calls(since, spans)
