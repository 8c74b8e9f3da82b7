"""Single values of a company file: text in, value out; what is wrong is said in a `ValueError`."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from leaddrum.core.dayrule import Minutes, parse_range

_KEY = re.compile(r"b24:[1-9][0-9]{0,17}|[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")  # b24:27 is user 27 of a portal
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHORT = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?", re.IGNORECASE)
_ISO = re.compile(r"PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?", re.IGNORECASE)
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def key(text: str) -> str:
    """An id: what links, the API and the command line name things by."""
    if not _KEY.fullmatch(text):
        raise ValueError(_("use 1 to 64 Latin letters, digits, “-”, “_” and “.”, beginning with a letter or a digit"))
    return text


def slug(text: str) -> str:
    if not _SLUG.fullmatch(text):
        raise ValueError(_("use 1 to 64 Latin letters, digits, “-” and “_”"))
    return text


def line(text: str, longest: int = 200) -> str:
    """One line of text for people."""
    text = text.strip()
    if not text:
        raise ValueError(_("is empty"))
    if len(text) > longest:
        raise ValueError(
            _("is too long: %(length)d characters, at most %(longest)d") % {"length": len(text), "longest": longest}
        )
    if not all(letter.isprintable() or letter in "\u200d\ufe0f" for letter in text) or _BIDI & set(text):
        raise ValueError(_("holds control characters"))
    return text


def duration(text: str) -> int:
    """Seconds of "30m", "90s", "2h", "1h30m" or "PT30M"."""
    match = _ISO.fullmatch(text.strip()) or _SHORT.fullmatch(text.strip().replace(" ", ""))
    if not match or not any(match.groups()):
        raise ValueError(_("“%(text)s” is no duration: write 30m, 90s, 2h, 1h30m or PT30M") % {"text": text})
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def span(text: str) -> Minutes:
    """Minutes of "09:00-18:00"; an end not later than the start is meant for the next day ("22:00-06:00")."""
    try:
        return parse_range(text)
    except ValueError:
        raise ValueError(
            _("“%(text)s” is no span of time: write 09:00-18:00, and 00:00-24:00 for a whole day") % {"text": text}
        ) from None


def zone(text: str) -> str:
    if text not in zones():
        raise ValueError(_("unknown time zone “%(text)s”: write it like Europe/Moscow") % {"text": text})
    return text


@cache
def zones() -> frozenset[str]:
    """Every zone there is; the system looks through hundreds of files for them."""
    return frozenset(zoneinfo.available_timezones())


def email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError(_("“%(text)s” is no e-mail address") % {"text": text}) from None
    if len(text) > 254:
        raise ValueError(
            _("is too long: %(length)d characters, at most %(longest)d") % {"length": len(text), "longest": 254}
        )
    return text


def instant(value: datetime | date, zone_name: str, *, end: bool) -> datetime:
    """An instant in UTC. Without an offset it is meant in `zone_name`; a plain date as an end includes that day."""
    if not isinstance(value, datetime):
        value = datetime.combine(value + timedelta(days=end), time())
    if value.tzinfo is None:
        value = value.replace(tzinfo=ZoneInfo(zone_name))
    return value.astimezone(UTC)
