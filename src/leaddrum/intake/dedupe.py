"""By what a known client is recognised (S-25): his phone as E.164, his address in small letters. Nonsense is ``''``."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_BETWEEN = re.compile(r"[,;/|\n]")
_LONGEST_TEXT = 7000  # characters of a text a number is looked for in
_LONGEST = 250  # characters a number is looked for in; the library's own limit


def phone_key(text: str, region: str | None) -> str:
    """The first phone number in `text` as E.164, or ``''``.

    A number is good when its length is possible in its country: new ranges are dialled before any list knows them.

    Args:
        region: the country of numbers written without one ("RU"); None: only international numbers are understood.
    """
    for part in _BETWEEN.split(text[:_LONGEST]):
        try:
            number = phonenumbers.parse(part, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""


def phone_in(text: str, region: str | None) -> str:
    """The only phone number in a text, in its international form; '' when there is none, or when there are several and
    nobody can tell which is his."""
    found = {
        phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        for match in phonenumbers.PhoneNumberMatcher(text[:_LONGEST_TEXT], region, max_tries=50)
    }
    return found.pop() if len(found) == 1 else ""


def email_key(text: str) -> str:
    """The address in its normal form and small letters, or ``''``. Nobody is asked whether it can be delivered."""
    if "@" not in text:
        return ""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return ""


def region_of(zone: str, language: str) -> str | None:
    """The country whose phone numbers a company writes without ``+``: that of its zone, else that of its language."""
    return _countries().get(zone) or ("RU" if language == "ru" else None)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Zone name → ISO country, from the time zone database's own table."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
