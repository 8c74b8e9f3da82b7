"""Instants as whole microseconds since 1970-01-01 UTC: what calendars calculate with (I6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000  # microseconds


def to_us(t: datetime) -> int:
    """Microseconds since 1970-01-01 UTC. Raises ValueError for a naive datetime (I6)."""
    if t.tzinfo is None or t.utcoffset() is None:
        raise ValueError(f"naive datetime {t.isoformat()}: give it a zone, instants are UTC here")
    delta = t - EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def from_us(us: int) -> datetime:
    """The aware UTC datetime of `to_us`."""
    return EPOCH + timedelta(microseconds=us)
