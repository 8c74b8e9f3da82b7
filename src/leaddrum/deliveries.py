"""By which channels the offer of a turn went, when, and with what result (S-47)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leaddrum.models import Delivery

ABOUT = ("offer", "reminder", "moved", "pinned")  # the notices by which he knew of it
MOST = 20  # attempts of one turn that are shown

Turn = tuple[int, int]  # cycle, number


def of(turns: Iterable[Turn]) -> dict[Turn, list[Delivery]]:
    """The attempts of these turns, oldest first, in one query."""
    wanted = set(turns)
    found: dict[Turn, list[Delivery]] = {}
    rows = Delivery.objects.filter(cycle__in={cycle for cycle, _number in wanted}, kind__in=ABOUT, outlet=None)
    for row in rows.order_by("pk") if wanted else ():
        key = (row.cycle_id or 0, row.turn_number)
        if key in wanted and len(found.setdefault(key, [])) < MOST:
            found[key].append(row)
    return found


def plain(rows: Iterable[Delivery]) -> list[dict[str, Any]]:
    """As the API gives them."""
    return [
        {
            "at": row.at.isoformat(),
            "kind": row.kind,
            "channel": row.channel,
            "result": str(row.result),
            "error": row.error,
        }
        for row in rows
    ]


def line(rows: Iterable[Delivery]) -> str:
    """As a table's cell has them: "telegram done 2026-03-02T07:00:01+00:00; …"."""
    return "; ".join(f"{row.channel} {row.result} {row.at.isoformat(timespec='seconds')}" for row in rows)
