"""What stands in the fields of a form, as texts; and single settings as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from django.http import QueryDict

from leaddrum.company import saying

Values = dict[str, list[str]]  # a field's name: what stands in it, or in all fields of that name

_PART = re.compile(
    r"(\d+)\s*(?:(?P<h>h|hour|hours|hr|ч|час|часа|часов)|(?P<m>m|min|minutes?|м|мин|минуты?|минут)"
    r"|(?P<s>s|sec|seconds?|с|сек|секунды?|секунд))\.?(?=\s|\d|$)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?(\d{1,15}|\d{0,15}\.\d{1,9})")  # as many digits as a number keeps


def posted(form: QueryDict) -> Values:
    """What was sent, without characters that no text has."""
    return {name: [text.replace("\x00", "") for text in form.getlist(name)] for name in form}


def one(values: Mapping[str, list[str]], name: str) -> str:
    """The only text of a field; empty when there is none."""
    return (values.get(name) or [""])[-1].strip()


def some(values: Mapping[str, list[str]], name: str) -> list[str]:
    """All texts of a name that say something."""
    return [text.strip() for text in values.get(name, ()) if text.strip()]


def table(values: Mapping[str, list[str]], *names: str) -> list[tuple[str, ...]]:
    """Columns of a form as its rows."""
    return [
        tuple(cell.strip() for cell in row) for row in zip_longest(*(values.get(n, ()) for n in names), fillvalue="")
    ]


def filled(values: Mapping[str, list[str]], *names: str) -> list[tuple[str, ...]]:
    """Those rows that say something."""
    return [row for row in table(values, *names) if any(row)]


def duration(text: str) -> str:
    """As the company file writes it: "20", "20 min", "20 мин" are 20m. What is none stays, for the check to refuse."""
    plain = text.strip().lower()
    if plain.isdecimal() and len(plain) < 8:
        return f"{int(plain)}m"
    parts = list(_PART.finditer(plain))
    if not parts or _PART.sub("", plain).strip(" ,"):
        return text
    units = {unit: int(part[1]) for part in parts for unit in "hms" if part[unit]}
    return "".join(f"{units[unit]}{unit}" for unit in "hms" if unit in units)


def shown(seconds: int) -> str:
    """A duration in the reader's words, which `duration` reads back."""
    return saying.duration(seconds)


def number(text: str) -> Any:
    """A whole number; what is none stays, for the check to refuse."""
    return int(text) if re.fullmatch(r"-?\d{1,12}", text.strip()) else text


def share(text: str) -> Any:
    """A share of "50" or "50 %"; what is none stays, for the check to refuse."""
    plain = text.strip().removesuffix("%").strip().replace(",", ".")
    return round(float(plain) / 100, 4) if re.fullmatch(r"\d{1,3}(\.\d+)?", plain) else text


def decimal(text: str) -> Any:
    """A number; what is none stays, for the check to refuse."""
    plain = text.strip().replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        return text
    return float(plain) if "." in plain else int(plain)


def put(table: dict[str, Any], key: str, value: Any) -> None:
    """Write a setting; nothing at all means that the file is silent of it."""
    if value in ("", None, [], {}):
        table.pop(key, None)
    else:
        table[key] = value
