"""The tick: whatever is due, a batch at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from leaddrum.engine import aftercare, crash, releasing, sql, stumbling
from leaddrum.engine.cards import cards
from leaddrum.engine.desk import Desk
from leaddrum.engine.rows import instant
from leaddrum.engine.store import Conflict
from leaddrum.models import Company

PUT_OFF = timedelta(minutes=1)  # a company that fails as a whole, after this


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
    A company that fails as a whole is put off a minute, so that the others have their turn; what failed is raised.

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
    try:
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
                turns += releasing.release(table, limit)
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
                failed = (table.at, stumbling.said(error))
                stumbling.set_aside(company_id, *failed, now)
    except (OperationalError, InterfaceError):  # the database itself, not this company's rows
        raise
    except Exception:
        if company_id is not None:
            _put_off(company_id, now)
        raise
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


def _put_off(company: int, now: datetime) -> None:
    Company.objects.filter(pk=company, wake_at__lte=now).update(wake_at=now + PUT_OFF)
