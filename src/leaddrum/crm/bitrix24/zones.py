"""The portal's clock: its zone is told as an offset, and wanted by name."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from leaddrum.company import values

# The usual name of an offset, in hours: of Russian portals, which are most; then whatever has that offset now.
NAMES = {
    2: "Europe/Kaliningrad",
    3: "Europe/Moscow",
    4: "Europe/Samara",
    5: "Asia/Yekaterinburg",
    6: "Asia/Omsk",
    7: "Asia/Novosibirsk",
    8: "Asia/Irkutsk",
    9: "Asia/Yakutsk",
    10: "Asia/Vladivostok",
    11: "Asia/Magadan",
    12: "Asia/Kamchatka",
}


def named(offset: timedelta, at: datetime, *likely: str) -> str:
    """A zone with this offset at this instant: one of the likely ones, else the usual one."""
    hours = offset.total_seconds() / 3600
    for zone in (*likely, NAMES.get(int(hours), ""), *sorted(values.zones())):
        if zone in values.zones() and at.astimezone(ZoneInfo(zone)).utcoffset() == offset:
            return zone
    return "UTC"


def wall(at: datetime, zone: str) -> str:
    """An instant as lists take it: the portal's wall clock."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
