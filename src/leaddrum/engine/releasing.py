"""What drums hold is offered again: somebody has come on duty, or has a free hand (S-21, S-22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from leaddrum.core import decided
from leaddrum.engine import sql
from leaddrum.engine.cards import Card, cards
from leaddrum.engine.desk import Desk
from leaddrum.models import Drum

ORDER = "ORDER BY c.priority DESC, c.opened_at, c.id LIMIT %s"
# What the engine stumbled over is tried again by its own alarm: here it would stop all that wait behind it.
HELD = "c.drum_id = %s AND c.state = 'held' AND c.hold_reason <> 'frozen' AND c.error = ''"


@dataclass(frozen=True, slots=True)
class Queue:
    """Leads of one drum that wait for the same people. `owner` is one of their owners; where the roster is the owner's
    department, `owners` are all of them that it is the roster of, and else None."""

    drum: int
    owner: int | None = None
    owners: tuple[int | None, ...] | None = None

    def cards(self, limit: int, but: str = "") -> list[Card]:
        """Those that wait, priority first, then oldest. `but`: a further condition."""
        where, values = f"{HELD}{but}", list[Any]([self.drum])
        if self.owners is not None:
            named = [owner for owner in self.owners if owner is not None]
            nobodys = " OR l.owner_id IS NULL" if None in self.owners else ""
            where += f" AND (l.owner_id IN ({', '.join(['%s'] * len(named)) or 'NULL'}){nobodys})"
            values += named
        return cards(f"{where} {ORDER}", [*values, limit])


def release(table: Desk, limit: int) -> int:
    """Let the drums that are due offer what they hold. Returns how many leads were looked at; drums that it comes to
    no more, because these were `limit` already, stay due."""
    drums = sql.read(
        "SELECT id FROM leaddrum_drum WHERE company_id = %s AND release_at <= %s ORDER BY position, id",
        [table.company, table.now],
    )
    looked = 0
    for (drum,) in drums:
        if looked >= limit:
            break
        Drum.objects.filter(pk=drum).update(release_at=None)
        looked += sum(_offer(table, queue, limit) for queue in _queues(table, drum))
    return looked


def _queues(table: Desk, drum: int) -> list[Queue]:
    """One; or one for each department, where the roster is the owner's: nobody waits there for another one's people."""
    if not table.org.policies[drum].roster.owners_department:
        return [Queue(drum)]
    owners = sql.read(
        f"SELECT DISTINCT l.owner_id FROM leaddrum_cycle c JOIN leaddrum_lead l ON l.id = c.lead_id WHERE {HELD}",  # noqa: S608 - of our own
        [drum],
    )
    teams: dict[int | None, list[int | None]] = {}
    for (owner,) in owners:
        teams.setdefault(table.org.team(drum, owner), []).append(owner)
    return [Queue(drum, team[0], tuple(team)) for team in teams.values()]


def _offer(table: Desk, queue: Queue, limit: int) -> int:
    """Offer as long as somebody can be offered; the rest gets the reason why it waits on."""
    held = queue.cards(limit)
    tried = _try(table, queue, held)
    if tried.nobody_free:
        return tried.looked + _relabel(table, queue, limit)
    if len(held) < limit:
        _wait(table, queue)
    elif tried.offered:
        _again(table, queue)  # there is more, and still somebody to offer it to
    else:
        return tried.looked + _behind(table, queue, limit)
    return tried.looked


def _behind(table: Desk, queue: Queue, limit: int) -> int:
    """All at the front rest from those who are free: these may have what waits behind."""
    table.flush()
    tried = _try(table, queue, queue.cards(limit, " AND c.hold_reason <> 'cooldown'"))
    if tried.offered and tried.looked == limit:
        _again(table, queue)
    else:
        _wait(table, queue)
    return tried.looked


class _Tried(NamedTuple):
    looked: int
    offered: int
    nobody_free: bool


def _try(table: Desk, queue: Queue, held: Sequence[Card]) -> _Tried:
    """Offer these in their order, until nobody is free."""
    offered = 0
    for looked, card in enumerate(held, start=1):
        if any(isinstance(event, decided.Offered) for event in table.look(card)):
            offered += 1
        elif not _free(table, queue):
            return _Tried(looked, offered, nobody_free=True)
    return _Tried(len(held), offered, nobody_free=False)


def _free(table: Desk, queue: Queue) -> bool:
    """Whether somebody could be offered another lead: the last one waits for a cooldown, not for people."""
    pool = table.pools.of(queue.drum, queue.owner)
    cap = pool.policy.open_offers_cap
    return any(
        pool.fit(candidate).line is None and candidate.open_offers < cap
        for candidate in pool.people.values()
        if not candidate.guest
    )


def _relabel(table: Desk, queue: Queue, limit: int) -> int:
    """Leads held for a reason that is no longer the true one get today's (a lead is never in a hold that lies)."""
    pool = table.pools.of(queue.drum, queue.owner)
    reason = "nobody" if pool.service.is_open(table.now) else "closed"
    if reason == "nobody" and any(
        pool.fit(c).line is None and c.open_offers >= pool.policy.open_offers_cap for c in pool.people.values()
    ):
        reason = "cap"
    table.flush()
    others = queue.cards(limit, f" AND c.hold_reason NOT IN ('cooldown', '{reason}')")
    changed = [card for card in others if table.look(card)]
    if changed and len(others) == limit:
        _again(table, queue)
    else:
        _wait(table, queue)
    return len(others)


def _again(table: Desk, queue: Queue) -> None:
    table.changes.releases[queue.drum] = table.now


def _wait(table: Desk, queue: Queue) -> None:
    """The next look at what is held, by the calendar; capacity that frees earlier wakes it by itself."""
    pool = table.pools.of(queue.drum, queue.owner)
    comes = pool.next_on_duty() if pool.service.is_open(table.now) else pool.service.next_open(table.now)
    if comes is not None:
        releases = table.changes.releases
        releases[queue.drum] = min(releases.get(queue.drum, comes), comes)
