"""The tick: whatever is due, a batch at a time."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection, transaction

from leaddrum.engine import aftercare, crash, sql, store
from leaddrum.engine.desk import Desk, cards
from leaddrum.engine.rows import instant
from leaddrum.engine.store import Conflict
from leaddrum.models import Aftercare, Cycle, Drum, Entry

ASIDE = timedelta(hours=1)  # a lead whose decision failed is tried again after this
RELEASE_ORDER = "ORDER BY c.priority DESC, c.opened_at, c.id LIMIT %s"


@dataclass(frozen=True, slots=True)
class Ticked:
    """`company`: whose turn it was, None when nothing was due; `turns`: cycles looked at; `more`: call again at once;
    `next_at`: when the next thing is due anywhere, as known after this tick."""

    company: int | None
    turns: int
    more: bool
    next_at: datetime | None


def tick(now: datetime, limit: int = 500, *, away: tuple[datetime, datetime] | None = None) -> Ticked:
    """One batch for the company that has waited longest.

    1. Take the company with the earliest `wake_at` that no other worker holds (PostgreSQL: SKIP LOCKED).
    2. Decide on its due cycles, oldest deadline first, on a reading made in this very transaction (I3).
    3. Let the drums that have somebody free offer what they hold: priority first, then oldest (S-21, S-22).
    4. Look after the leads that were taken and whose clients nobody has been in touch with (S-38).
    5. Write rows, journal and effects in one commit.

    A lead whose decision raises is journalled with its error, pushed back an hour and shown; it never stops the others.

    Args:
        limit: cycles in one batch; it bounds how long others wait for the company's row.
        away: the stretch in which no engine ran and nobody could take, when this is the first tick after it (S-42).
    """
    if now.tzinfo is None:
        raise ValueError("a naive datetime is no instant")
    now = now.astimezone(UTC)
    failed: tuple[int, str] | None = None
    company_id: int | None = None
    turns = 0
    soonest = _next_at()
    if soonest is None or soonest > now:  # a look before a lock: most ticks find nothing due
        return Ticked(None, 0, False, soonest)
    with transaction.atomic():
        company = _next_company(now)
        if company is None:
            return Ticked(None, 0, False, _next_at())
        company_id, version = company
        table = Desk(company_id, version, now)
        table.away = away
        save = transaction.savepoint()
        try:
            turns = _due(table, limit)
            table.flush()
            turns += _released(table, limit)
            table.flush()
            turns += aftercare.look(table, limit)
            crash.point("tick.before_write")
            table.finish()
            crash.point("tick.after_write")
        except (DatabaseError, InterfaceError, Conflict):
            raise
        except Exception as error:
            if table.at is None:
                raise
            transaction.savepoint_rollback(save)
            failed = (table.at, "".join(traceback.format_exception_only(error)).strip())
            _set_aside(company_id, failed[0], failed[1], now)
    crash.point("tick.after_commit")
    soonest = _next_at()
    return Ticked(company_id, turns, failed is not None or (soonest is not None and soonest <= now), soonest)


def _next_company(now: datetime) -> tuple[int, int] | None:
    """The company that has waited longest and the version of its people; held from now on."""
    skip = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    due = "SELECT id, staff_version FROM leaddrum_company WHERE wake_at <= %s ORDER BY wake_at LIMIT 1"
    found = sql.read(due + skip, [now])
    return (found[0][0], found[0][1]) if found else None


def _next_at() -> datetime | None:
    soonest = sql.instants("min(wake_at)")
    at = sql.read(f"SELECT {soonest} FROM leaddrum_company", [])[0][0]  # noqa: S608 - an expression of our own
    return instant(at) if at else None


def _due(table: Desk, limit: int) -> int:
    due = cards(
        "c.company_id = %s AND c.next_at <= %s ORDER BY c.next_at, c.id LIMIT %s",
        [table.company, table.now, limit],
    )
    for card in due:
        table.look(card)
    return len(due)


def _released(table: Desk, limit: int) -> int:
    drums = sql.read(
        "SELECT id FROM leaddrum_drum WHERE company_id = %s AND release_at <= %s ORDER BY position",
        [table.company, table.now],
    )
    return sum(_release(table, drum, limit) for (drum,) in drums)


def _release(table: Desk, drum: int, limit: int) -> int:
    """Offer what a drum holds as long as somebody can be offered; the rest gets the reason why it waits on."""
    Drum.objects.filter(pk=drum).update(release_at=None)
    looked = 0
    held = cards(f"c.drum_id = %s AND c.state = 'held' AND c.hold_reason <> 'frozen' {RELEASE_ORDER}", [drum, limit])
    for card in held:
        events = table.look(card)
        looked += 1
        if not _offered(events) and not _cooling(table, drum, card.owner):
            looked += _relabel(table, drum, {card.cycle.id for card in held[:looked]}, limit)
            return looked
    if len(held) == limit:
        table.changes.releases[drum] = table.now  # there is more, and still somebody to offer it to
    else:
        _wait(table, drum)
    return looked


def _offered(events: tuple[object, ...]) -> bool:
    return any(type(event).__name__ == "Offered" for event in events)


def _cooling(table: Desk, drum: int, owner: int | None) -> bool:
    """Whether somebody could be offered another lead: this one waits for a cooldown, not for people."""
    pool = table.pools.of(drum, owner)
    cap = pool.policy.open_offers_cap
    return any(
        pool.fit(candidate).line is None and candidate.open_offers < cap
        for candidate in pool.people.values()
        if not candidate.guest
    )


def _relabel(table: Desk, drum: int, seen: set[int], limit: int) -> int:
    """Leads held for a reason that is no longer the true one get today's (a lead is never in a hold that lies)."""
    pool = table.pools.of(drum, None)
    reason = "nobody" if pool.service.is_open(table.now) else "closed"
    if reason == "nobody" and any(
        pool.fit(c).line is None and c.open_offers >= pool.policy.open_offers_cap for c in pool.people.values()
    ):
        reason = "cap"
    others = cards(
        f"c.drum_id = %s AND c.state = 'held' AND c.hold_reason NOT IN ('frozen', 'cooldown', %s) {RELEASE_ORDER}",
        [drum, reason, limit],
    )
    others = [card for card in others if card.cycle.id not in seen]
    for card in others:
        table.look(card)
    if len(others) >= limit - len(seen):
        table.changes.releases[drum] = table.now
    else:
        _wait(table, drum)
    return len(others)


def _wait(table: Desk, drum: int) -> None:
    """The next look at what the drum holds, by the calendar; capacity that frees earlier wakes it by itself."""
    pool = table.pools.of(drum, None)
    comes = pool.next_on_duty() if pool.service.is_open(table.now) else pool.service.next_open(table.now)
    if comes is not None:
        table.changes.releases[drum] = comes


def _set_aside(company: int, cycle: int, error: str, now: datetime) -> None:
    row = Cycle.objects.get(pk=cycle)
    again = None if row.ended_at else now + ASIDE
    Cycle.objects.filter(pk=cycle).update(error=error[:2000], next_at=again, seq=row.seq + 1)
    Aftercare.objects.filter(cycle=cycle).exclude(next_at=None).update(next_at=now + ASIDE)
    Entry.objects.create(
        company_id=company, cycle_id=cycle, seq=row.seq + 1, at=now, kind="failed", data={"error": error[:500]}
    )
    store.close(company, now)
