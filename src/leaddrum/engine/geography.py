"""What a lead's phone and words tell besides: region, country, time zone, language. Asked for only by rules that name
them, because the tables behind the first three are large (phonenumbers, after Google's libphonenumber)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

LOOKED_AT = 2000  # characters of a text


def region(lead: Mapping[str, Any]) -> list[str]:
    """Where a number is from, in Russian and in English: “Екатеринбург”, “Yekaterinburg”. Of a mobile number often only
    the country."""
    return list(_places(_number(lead)))


def country(lead: Mapping[str, Any]) -> str:
    """Its country, “RU”."""
    return _country(_number(lead))


def zone(lead: Mapping[str, Any]) -> list[str]:
    """Time zones it may be in, “Asia/Yekaterinburg”; of a number that may be anywhere in a wide country, several."""
    return list(_zones(_number(lead)))


def language(lead: Mapping[str, Any]) -> str:
    """“ru” or “en”, by the letters of what he wrote; '' when he wrote none."""
    text = f"{lead.get('text', '')} {lead.get('name', '')} {lead.get('title', '')}"[:LOOKED_AT].lower()
    cyrillic = sum("а" <= letter <= "я" or letter == "ё" for letter in text)
    latin = sum("a" <= letter <= "z" for letter in text)
    if not cyrillic and not latin:
        return ""
    return "ru" if cyrillic >= latin else "en"


DERIVED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "phone_region": region,
    "phone_country": country,
    "phone_zone": zone,
    "language": language,
}


def _number(lead: Mapping[str, Any]) -> str:
    """In its international form, or ''."""
    for name in ("phone_key", "phone"):
        text = str(lead.get(name) or "")
        if text.startswith("+"):
            return text[:40]
    return ""


@lru_cache(maxsize=4096)
def _places(number: str) -> tuple[str, ...]:
    found = _parsed(number)
    if found is None:
        return ()
    from phonenumbers import geocoder

    named = (geocoder.description_for_number(found, tongue) for tongue in ("ru", "en"))
    return tuple(dict.fromkeys(place for place in named if place))


@lru_cache(maxsize=4096)
def _country(number: str) -> str:
    found = _parsed(number)
    if found is None:
        return ""
    from phonenumbers import phonenumberutil

    return phonenumberutil.region_code_for_number(found) or ""


@lru_cache(maxsize=4096)
def _zones(number: str) -> tuple[str, ...]:
    found = _parsed(number)
    if found is None:
        return ()
    from phonenumbers import timezone

    return tuple(name for name in timezone.time_zones_for_number(found) if name != "Etc/Unknown")


def _parsed(number: str) -> Any:
    if not number:
        return None
    import phonenumbers

    try:
        return phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
