"""Plain values as TOML, for company files made by tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any


def dumps(document: Mapping[str, Any]) -> str:
    """A document of tables, lists of tables and inline values."""
    lines: list[str] = []
    for name, value in document.items():
        if isinstance(value, list):
            for table in value:
                lines += [f"[[{name}]]", *(f"{_key(key)} = {inline(item)}" for key, item in table.items()), ""]
        else:
            lines += [f"[{name}]", *(f"{_key(key)} = {inline(item)}" for key, item in value.items()), ""]
    return "\n".join(lines)


def inline(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return "{ " + ", ".join(f"{_key(key)} = {inline(item)}" for key, item in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(inline, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
