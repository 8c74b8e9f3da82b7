"""The REST methods, by the section of the documentation they are in. Importing this registers them."""

from __future__ import annotations

from tests.bitrix24.portal.methods import (
    automation,
    basic,
    batch,
    bots,
    calendars,
    events,
    items,
    lists,
    notify,
    placements,
    stages,
    timeline,
    users,
)

__all__ = [
    "automation",
    "basic",
    "batch",
    "bots",
    "calendars",
    "events",
    "items",
    "lists",
    "notify",
    "placements",
    "stages",
    "timeline",
    "users",
]
