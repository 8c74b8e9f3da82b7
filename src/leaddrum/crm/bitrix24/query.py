"""Parameters as PHP reads them: `fields[title]=x&ids[0]=1`. A batch's commands are written so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote


def encoded(params: Mapping[str, Any]) -> str:
    """A query string. Yes and no become 1 and 0, nothing an empty value; an empty list or map has no trace there."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in _flat("", params))


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{prefix}[{key}]" if prefix else str(key), inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, inner in enumerate(value):
            yield from _flat(f"{prefix}[{place}]", inner)
    elif isinstance(value, bool):
        yield prefix, str(int(value))
    else:
        yield prefix, "" if value is None else str(value)
