"""A cycle's row as the core's values, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson

from leaddrum.core.cycle import Cycle, Hold, Line, Part, State, Turn

Iso = Callable[[datetime], str]
_instant = datetime.fromisoformat
MISSED, RETURNED, REFUSED = range(3)  # how somebody's last turn in a cycle passed


def instant(value: datetime | str) -> datetime:
    """An instant as a driver gives it: PostgreSQL an aware datetime, SQLite text in UTC."""
    if isinstance(value, str):
        return _instant(value + "+00:00")
    return value


def dumped(value: Any) -> str:
    """As JSON, the way the tables hold it."""
    return orjson.dumps(value).decode()


def turn_of(
    number: int, holder: int | None, offered_at: datetime, due_at: datetime, budget: int, rest: dict[str, Any]
) -> Turn:
    return Turn(
        number=number,
        person=holder,
        policy_version=rest["policy_version"],
        offered_at=offered_at,
        due_at=due_at,
        budget=budget,
        remind_at=tuple((share, _instant(at)) for share, at in rest["remind_at"]),
        sticky=rest.get("sticky", False),
        pinned=rest.get("pinned", False),
        excuse=rest.get("excuse", ""),
        asked=rest.get("asked", ""),
        next_up=rest.get("next_up"),
    )


def turn_rest(turn: Turn, iso: Iso) -> dict[str, Any]:
    """What of the open turn has no column of its own."""
    rest: dict[str, Any] = {
        "policy_version": turn.policy_version,
        "remind_at": [(share, iso(at)) for share, at in turn.remind_at],
    }
    if turn.sticky:
        rest["sticky"] = True
    if turn.pinned:
        rest["pinned"] = True
    if turn.excuse:
        rest["excuse"] = turn.excuse
    if turn.asked:
        rest |= {"asked": turn.asked, "next_up": turn.next_up}
    return rest


def plain_lines(lines: tuple[Line, ...]) -> list[list[object]]:
    return [list(line) for line in lines]


def hold_of(reason: str, rest: dict[str, Any]) -> Hold:
    return Hold(
        reason=reason,
        since=_instant(rest["since"]),
        until=_instant(rest["until"]) if rest.get("until") else None,
        alert_at=_instant(rest["alert_at"]) if rest.get("alert_at") else None,
        told=rest.get("told", False),
    )


def hold_rest(hold: Hold) -> dict[str, Any]:
    return {
        "reason": hold.reason,
        "since": hold.since.isoformat(),
        "until": hold.until.isoformat() if hold.until else None,
        "alert_at": hold.alert_at.isoformat() if hold.alert_at else None,
        "told": hold.told,
    }


def seen_of(plain: dict[str, Any]) -> dict[int, Part]:
    return {
        int(person): Part(part[0], _instant(part[1]) if part[1] else None, part[2] == RETURNED, part[2] == REFUSED)
        for person, part in plain.items()
    }


def plain_seen(cycle: Cycle, iso: Iso) -> dict[str, Any]:
    return {
        str(person): (part.last_turn, iso(part.passed_at) if part.passed_at else None, _how(part))
        for person, part in cycle.seen.items()
    }


def _how(part: Part) -> int:
    return REFUSED if part.refused else RETURNED if part.returned else MISSED


def cycle_of(
    *,
    id: int,  # noqa: A002 - the column's name
    lead_id: int,
    number: int,
    state: str,
    misses: int,
    turn_number: int,
    holder_id: int | None,
    offered_at: datetime | None,
    due_at: datetime | None,
    budget: int,
    turn: dict[str, Any],
    seen: dict[str, Any],
    pinned_id: int | None,
    priority: int,
    hold_reason: str,
    hold: dict[str, Any],
) -> Cycle:
    """The columns of a cycle's row as the core's cycle."""
    open_turn = None
    if state == State.OFFERED and offered_at is not None and due_at is not None:
        open_turn = turn_of(turn_number, holder_id, offered_at, due_at, budget, turn)
    return Cycle(
        id=id,
        lead=lead_id,
        number=number,
        state=State(state),
        misses=misses,
        turn=open_turn,
        last_turn=turn_number,
        hold=hold_of(hold_reason, hold) if hold_reason else None,
        seen=seen_of(seen),
        pinned=pinned_id,
        priority=priority,
    )
