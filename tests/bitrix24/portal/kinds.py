"""Kinds of parameters, and what each accepts. In a batch or a form everything is a string, in JSON it need not be."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

Kind = Callable[[Any], Any]


def integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or not re.fullmatch(r"-?\d+", str(value)):
        raise ValueError("an integer is expected")
    return int(value)


def text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("a string is expected")
    return str(value)


def listed(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if not isinstance(value, list):
        raise ValueError("an array is expected")
    return value


def mapping(value: Any) -> dict[str, Any]:
    if isinstance(value, list):  # PHP: an empty map, or one with the keys 0, 1, …
        return {str(number): each for number, each in enumerate(value)}
    if not isinstance(value, dict):
        raise ValueError("an object is expected")
    return value


def flag(value: Any) -> bool:
    """`Y` or `N`."""
    if value not in ("Y", "N", True, False, 1, 0, "1", "0"):
        raise ValueError("Y or N is expected")
    return value in ("Y", True, 1, "1")


def anything(value: Any) -> Any:
    return value


def instant(value: Any) -> datetime:
    """ISO 8601 with an offset."""
    if not isinstance(value, str):
        raise ValueError("a date and time is expected")
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("an offset is expected")
    return found
