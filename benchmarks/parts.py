"""Where the time of a tick goes: the engine's own functions with a stopwatch around them.

Seconds of the processor, of this process alone: on PostgreSQL waiting for the server is not among them. A stopwatch
counts what is inside another one to the inner one only, so the parts add up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection

from leaddrum.engine import desk, postgres, sqlite, store, ticking
from leaddrum.engine.changes import Changes
from leaddrum.engine.pools import Pools

spent: dict[str, float] = {}
_inner: list[float] = []


def _timed(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def timed(*arguments: Any, **named: Any) -> Any:
        name = f"{part} {arguments[1].removeprefix('leaddrum_')}" if part == "append" else part
        _inner.append(0.0)
        began = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            whole = time.process_time() - began
            spent[name] = spent.get(name, 0.0) + whole - _inner.pop()
            if _inner:
                _inner[-1] += whole

    return timed


def watch() -> None:
    """Put the stopwatches in place."""
    dialect = postgres if connection.vendor == "postgresql" else sqlite
    places: list[tuple[Any, str, str]] = [
        (ticking, "cards", "read"),
        (desk.Desk, "facts", "gather facts"),
        (desk, "run", "decide"),
        (Changes, "add", "fold into rows"),
        (store, "write", "write: the rest"),
        (Pools, "of", "pool"),
        (dialect, "update_cycles", "update cycle"),
        (dialect, "insert", "append"),
        (dialect, "update_owners", "update lead"),
        (dialect, "upsert_standings", "update standing"),
        (dialect, "add_offers", "update person"),
        (dialect, "close_company", "update company"),
    ]
    for place, name, part in places:
        setattr(place, name, _timed(part, getattr(place, name)))
