"""Parameters as PHP reads and writes them: `fields[title]=x&ids[]=1&ids[]=2`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode

DEEPEST = 20  # brackets in one name


def decode(text: str) -> dict[str, Any]:
    """A query string or a form's body; every scalar is a string."""
    return nested(parse_qsl(text, keep_blank_values=True))


def nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in pairs:
        *way, last = _keys(name)
        here = root
        for key in way:
            place = _place(here, key)
            if not isinstance(here.get(place), dict):
                here[place] = {}
            here = here[place]
        here[_place(here, last)] = value
    return {key: _lists(value) for key, value in root.items()}


def _keys(name: str) -> list[str]:
    head, bracket, tail = name.partition("[")
    if not bracket or not tail.endswith("]"):
        return [name]
    return [head, *tail[:-1].split("][")][:DEEPEST]


def _place(here: dict[str, Any], key: str) -> str:
    """`[]` appends."""
    return key or str(len(here))


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(each) for key, each in value.items()}
    if inner and list(inner) == [str(number) for number in range(len(inner))]:
        return list(inner.values())
    return inner


def encode(values: dict[str, Any]) -> str:
    """A form's body, as events come: null is empty, true is 1, false is 0."""
    return urlencode(list(_flat("", values)))


def _flat(prefix: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _flat(f"{prefix}[{key}]" if prefix else str(key), each)
    elif isinstance(value, bool) or value is None:
        yield prefix, "1" if value else "" if value is None else "0"
    else:
        yield prefix, str(value)
