"""Quiet hours, over midnight and over a change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaddrum import quiet

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("spans", "now", "end"),
    [
        (["22:00-08:00"], "2026-05-12 23:00", "2026-05-13 08:00"),
        (["22:00-08:00"], "2026-05-12 07:59", "2026-05-12 08:00"),
        (["22:00-08:00"], "2026-05-12 08:00", None),
        (["13:00-14:00"], "2026-05-12 13:00", "2026-05-12 14:00"),
        (["20:00-24:00", "00:00-07:00"], "2026-05-12 21:00", "2026-05-13 07:00"),
        (["22:00-08:00"], "2026-03-28 23:00", "2026-03-29 08:00"),  # the night with an hour less
        (["22:00–08:00"], "2026-05-12 23:00", "2026-05-13 08:00"),  # the dash of a text processor
        (["9:00 - 18:00"], "2026-05-12 10:00", "2026-05-12 18:00"),
        (["0900Z-18:00", "13:00-14:00"], "2026-05-12 13:30", "2026-05-12 14:00"),  # what cannot be read counts nothing
        ([], "2026-05-12 23:00", None),
    ],
)
def test_when_they_end(spans: list[str], now: str, end: str | None) -> None:
    assert quiet.ends_at(spans, BERLIN, at(now)) == (at(end) if end else None)


@given(st.integers(0, 366 * 24 * 60), st.integers(0, 1439), st.integers(0, 1439))
def test_the_end_is_never_in_the_past_and_not_quiet(minute: int, start: int, end: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    spans = [f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"]
    ends = quiet.ends_at(spans, BERLIN, now)
    if ends is not None:
        assert now < ends
        local = ends.astimezone(BERLIN)
        assert (
            start == end
            or (local.hour * 60 + local.minute) == end
            or local.utcoffset() != now.astimezone(BERLIN).utcoffset()
        )
