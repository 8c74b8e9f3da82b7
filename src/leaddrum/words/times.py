"""Instants and durations as people say them."""

from __future__ import annotations

from datetime import datetime, time, tzinfo

from django.utils.translation import gettext as _


def instant(value: datetime | str, zone: tzinfo, near: datetime | None = None) -> str:
    """An instant in the reader's zone: "10:42" on the day of `near`, else "12.05 10:42", in another year with the year.

    Args:
        value: aware, or ISO 8601 with an offset.
        near: the day taken for granted: now, or when the sentence was written. None: none is.

    Raises:
        ValueError: the instant is naive (I6).
    """
    local = _aware(value).astimezone(zone)
    day = near.astimezone(zone).date() if near is not None else None
    if day == local.date():
        return local.strftime("%H:%M")
    if day is not None and day.year != local.year:
        return local.strftime("%d.%m.%Y %H:%M")
    return local.strftime("%d.%m %H:%M")


def until(value: datetime | str, zone: tzinfo, near: datetime | None = None) -> str:
    """Like `instant`; an end at midnight is its day alone: "absent until 12.05"."""
    local = _aware(value).astimezone(zone)
    if local.time() != time(0):
        return instant(local, zone, near)
    if near is not None and near.astimezone(zone).year != local.year:
        return local.strftime("%d.%m.%Y")
    return local.strftime("%d.%m")


def _aware(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is None:
        raise ValueError(f"naive instant: {moment.isoformat()}")
    return moment


def duration(seconds: float) -> str:
    """ "45 s", "30 min", "1 h 30 min"; whole seconds only under a minute and a half."""
    whole = round(seconds)
    if abs(whole) < 90:
        return _("%(seconds)d s") % {"seconds": whole} if whole % 60 or not whole else _minutes(whole // 60)
    return _minutes(round(whole / 60))


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": rest}
    if not rest:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def working(seconds: float) -> str:
    """A budget: "30 min of working time"."""
    return _("%(duration)s of working time") % {"duration": duration(seconds)}
