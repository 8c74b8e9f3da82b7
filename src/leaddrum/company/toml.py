"""Plain values as the text of a company file: the way back from `tomllib.loads`.

Comments and blank lines are the only thing that is lost between the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
Tree = dict[str, Any]


def dumps(tree: Mapping[str, Any]) -> str:
    """A document: single values first, then tables and lists of tables in their order."""
    lines: list[str] = []
    _table(lines, "", tree)
    return "\n".join(lines).strip("\n") + "\n"


def _table(lines: list[str], name: str, table: Mapping[str, Any]) -> None:
    """The table's own keys, then those tables inside it that are too large for one line."""
    large = {key: value for key, value in table.items() if _is_large(value, name)}
    lines += [f"{_key(key)} = {inline(value)}" for key, value in table.items() if key not in large]
    for key, value in large.items():
        path = f"{name}.{_key(key)}" if name else _key(key)
        if isinstance(value, Mapping):
            lines += ["", f"[{path}]"]
            _table(lines, path, value)
            continue
        for row in value:
            lines += ["", f"[[{path}]]"]
            _table(lines, path, row)


def _is_large(value: Any, inside: str) -> bool:
    if isinstance(value, Mapping):
        return not inside or (inside == "calendars" and bool(value))
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def inline(value: Any) -> str:
    """One value on one line.

    Raises:
        TypeError: TOML has no such value.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case datetime() | date() | time():
            return value.isoformat()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            inner = ", ".join(f"{_key(key)} = {inline(item)}" for key, item in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case list() | tuple():
            return f"[{', '.join(map(inline, value))}]"
    raise TypeError(f"no TOML value: {value!r}")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else inline(name)
