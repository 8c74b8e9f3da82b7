"""Instants as whole microseconds since 1970-01-01 UTC: what calendars calculate with (I6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000  # microseconds

Pair = tuple[int, int]  # [start, end) in microseconds


def to_us(t: datetime) -> int:
    """Microseconds since 1970-01-01 UTC. Raises ValueError for a naive datetime (I6)."""
    try:
        delta = t - EPOCH
    except TypeError:
        raise ValueError(f"naive datetime {t.isoformat()}: give it a zone, instants are UTC here") from None
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def from_us(us: int) -> datetime:
    """The aware UTC datetime of `to_us`."""
    return EPOCH + timedelta(0, 0, us)


def merged(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Sorted and disjoint; what overlaps or touches becomes one (24/7 never closes at midnight), empty ones go."""
    last: Pair | None = None
    for start, end in sorted(pair for pair in pairs if pair[0] < pair[1]):
        if last is None:
            last = (start, end)
        elif start <= last[1]:
            last = (last[0], max(last[1], end))
        else:
            yield last
            last = (start, end)
    if last is not None:
        yield last
