"""Events as the journal keeps them: plain JSON, instants as ISO 8601, people as numbers."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime
from typing import Any

from leaddrum.core import cycle as c
from leaddrum.engine.rows import plain_lines


def kind(event: c.Event) -> str:
    """The entry's kind: the event's name in snake case."""
    return _KINDS[type(event)]


def data(event: c.Event) -> dict[str, Any]:
    """The entry's data."""
    match event:
        case c.Offered(turn, next_up, cause):
            return {
                "turn": turn.number,
                "person": turn.person,
                "offered_at": turn.offered_at.isoformat(),
                "due_at": turn.due_at.isoformat(),
                "budget": turn.budget,
                "policy_version": turn.policy_version,
                "sticky": turn.sticky,
                "pinned": turn.pinned,
                "next_up": next_up,
                "after": cause,
                "candidates": plain_lines(turn.candidates),
            }
        case c.Held(hold, lines):
            return {
                "reason": hold.reason,
                "since": hold.since.isoformat(),
                "until": hold.until.isoformat() if hold.until else None,
                "candidates": plain_lines(lines),
            }
        case _:
            return {name: _plain(getattr(event, name)) for name in _FIELDS[type(event)]}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


_EVENTS = c.Event.__args__
_KINDS = {event: re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower() for event in _EVENTS}
_FIELDS = {event: tuple(field.name for field in fields(event)) for event in _EVENTS}
