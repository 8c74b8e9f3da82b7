"""Filters, order and pages of `crm.item.list`."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.bitrix24.portal.answers import Refusal
from tests.bitrix24.portal.fields import Field, known

PAGE = 50
Item = dict[str, Any]
Test = Callable[[Item], bool]
PREFIX = re.compile(r"^(!=%|!%|=%|!@|!=|>=|<=|[=!><@%])?(.*)$")


def compiled(given: dict[str, Any], fields: dict[str, Field], zone: ZoneInfo) -> Test:
    """A filter as one test; conditions are joined by AND, nested ones with `logic` by that.

    Raises:
        Refusal: an unknown field, a value that cannot be read.
    """
    either = str(given.get("logic", "AND")).upper() == "OR"
    tests = [_condition(key, value, fields, zone) for key, value in given.items() if key != "logic"]
    if either:
        return lambda item: any(test(item) for test in tests)
    return lambda item: all(test(item) for test in tests)


def _condition(key: str, value: Any, fields: dict[str, Field], zone: ZoneInfo) -> Test:
    if key.isdigit() and isinstance(value, dict):
        return compiled(value, fields, zone)
    found = PREFIX.match(key)
    assert found is not None
    prefix, name = found.group(1) or "=", known(found.group(2), fields)
    kind = fields.get(name)
    if kind is None or kind.kind == "crm_multifield":
        raise Refusal(400, "INVALID_ARG_VALUE", f"Invalid filter: field '{name}' is not allowed in filter")
    many = isinstance(value, list | dict)
    try:
        if prefix in ("@", "!@") or (many and prefix in ("=", "!", "!=")):
            wanted = {
                _value(each, kind, zone)
                for each in (value.values() if isinstance(value, dict) else value if many else [value])
            }
            inside = prefix in ("@", "=")
            return lambda item: (_holds(item.get(name), wanted)) is inside
        one = _value(value, kind, zone)
    except (ValueError, TypeError):
        raise Refusal(400, "INVALID_ARG_VALUE", f"Invalid filter: field '{name}' has invalid value") from None
    return _test(prefix, name, one)


def _holds(value: Any, wanted: set[Any]) -> bool:
    return any(each in wanted for each in value) if isinstance(value, list) else value in wanted


def _test(prefix: str, name: str, one: Any) -> Test:
    if prefix == "=":
        return lambda item: one in item[name] if isinstance(item.get(name), list) else item.get(name) == one
    if prefix in ("!", "!="):
        return lambda item: item.get(name) != one
    if "%" in prefix:
        pattern = str(one).lower() if prefix.endswith("=%") else f"%{one}%".lower()
        like = re.compile(".*".join(re.escape(part) for part in pattern.split("%")), re.DOTALL)
        wanted = not prefix.startswith("!")
        return lambda item: bool(like.fullmatch(str(item.get(name) or "").lower())) is wanted
    compare: dict[str, Callable[[Any], bool]] = {
        ">": lambda value: value > one,
        ">=": lambda value: value >= one,
        "<": lambda value: value < one,
        "<=": lambda value: value <= one,
    }
    holds = compare[prefix]
    return lambda item: item.get(name) is not None and holds(item[name])


def _value(value: Any, kind: Field, zone: ZoneInfo) -> Any:
    if kind.kind in ("integer", "user", "crm_category", "crm_company", "crm_contact", "crm_lead"):
        if value in ("", None):
            return 0
        return int(value)
    if kind.kind == "double":
        return float(value)
    if kind.kind == "datetime":
        found = datetime.fromisoformat(str(value))
        return found if found.tzinfo else found.replace(tzinfo=zone)
    if kind.kind == "boolean":
        if value not in (0, 1, "0", "1", "Y", "N", True, False):
            raise ValueError(value)
        return "Y" if value in (1, "1", "Y") else "N"
    if isinstance(value, list | dict):
        raise TypeError(value)
    return str(value) if value is not None else None


def ordered(items: Iterable[Item], order: dict[str, Any], fields: dict[str, Field]) -> list[Item]:
    """Sorted as asked; later keys count less.

    Raises:
        Refusal: a field or a direction that does not exist.
    """
    found = list(items)
    for asked, way in reversed(order.items()):
        name = known(asked, fields)
        if name not in fields:
            raise Refusal(400, "INVALID_ARG_VALUE", f"Invalid order: field '{name}' is not allowed in order")
        if str(way).upper() not in ("ASC", "DESC"):
            problem = f"Invalid order: allowed sort directions are `ASC, DESC`. But got '{way}' for field '{name}'"
            raise Refusal(400, "INVALID_ARG_VALUE", problem)
        key = functools.partial(_rank, name)
        found.sort(key=key, reverse=str(way).upper() == "DESC")
    return found


def _rank(name: str, item: Item) -> tuple[bool, Any]:
    """Nothing comes before anything."""
    return item.get(name) is not None, item.get(name)


def page(found: list[Any], start: int | None) -> tuple[list[Any], int, int | None]:
    """Fifty of them, the total and where the next page begins; `start = -1` counts nothing."""
    if start == -1:
        return found[:PAGE], 0, None
    begin = start or 0
    return found[begin : begin + PAGE], len(found), begin + PAGE if begin + PAGE < len(found) else None
