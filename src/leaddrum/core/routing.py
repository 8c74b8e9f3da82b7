"""Which drum a lead goes to: ordered rules over its fields. The first that matches wins, all matches are told (S-26).

A rule is a mapping of field to what it may be: a list of values, or ``{"min": …, "max": …}`` for amounts (inclusive).
All its fields must match. A field is a name of the lead's own ("source") or "fields.NAME" for anything else it carries.
Letter case and space around a value do not matter, nor whether a number is written as one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Routed:
    """Positions of rules, from 0. `first` wins; None: no rule matches, the default drum has it."""

    first: int | None
    matched: tuple[int, ...] = ()


def route(rules: Sequence[Rule], lead: Mapping[str, Any]) -> Routed:
    """All rules that match a lead.

    Args:
        rules: each rule's `when`, in order.
        lead: its fields; custom ones as "fields.NAME", or all of them in a mapping "fields".
    """
    matched = tuple(position for position, rule in enumerate(rules) if matches(rule, lead))
    return Routed(matched[0] if matched else None, matched)


def matches(rule: Rule, lead: Mapping[str, Any]) -> bool:
    """Whether every field of the rule is as it wants it; a field that the lead has not is none of its values."""
    return all(_is(value_of(lead, field), wanted) for field, wanted in rule.items())


def value_of(lead: Mapping[str, Any], field: str) -> Any:
    """A lead's field by its name in a rule; None when it has none."""
    if field in lead:
        return lead[field]
    inner = lead.get("fields")
    if field.startswith("fields.") and isinstance(inner, Mapping):
        return inner.get(field.removeprefix("fields."))
    return None


class Router:
    """Many rules for many leads: `route` with the same answers, without trying every rule.

    1. A rule that wants certain values of a field is filed under each of them, by its first such field.
    2. Of a lead each field that is filed by is looked up once; only the rules found there, and those that want nothing
       but ranges, are tried.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._filed: dict[str, dict[str, list[int]]] = {}
        self._others: list[int] = []
        for position, rule in enumerate(rules):
            field = next((name for name, wanted in rule.items() if not isinstance(wanted, Mapping)), None)
            if field is None:
                self._others.append(position)
                continue
            file = self._filed.setdefault(field, {})
            for value in {plain(item) for item in rule[field]}:
                file.setdefault(value, []).append(position)

    def route(self, lead: Mapping[str, Any]) -> Routed:
        """See `route`."""
        tried = list(self._others)
        for field, file in self._filed.items():
            value = value_of(lead, field)
            for item in value if isinstance(value, list | tuple) else (value,):
                if item is not None:
                    tried += file.get(plain(item), ())
        matched = tuple(position for position in sorted(set(tried)) if matches(self._rules[position], lead))
        return Routed(matched[0] if matched else None, matched)


def first_miss(rule: Rule, lead: Mapping[str, Any]) -> str | None:
    """The first field of a rule that is not as it wants it; None: it matches."""
    return next((field for field, wanted in rule.items() if not _is(value_of(lead, field), wanted)), None)


def _is(value: Any, wanted: Any) -> bool:
    if isinstance(value, list | tuple):  # several values, such as products: one is enough
        return any(_is(item, wanted) for item in value)
    if isinstance(wanted, Mapping):
        return in_range(value, wanted)
    return value is not None and plain(value) in {plain(item) for item in wanted}


def in_range(value: Any, bounds: Mapping[str, float]) -> bool:
    """Whether a number, or a text that is one, lies within the bounds."""
    found = number(value)
    return found is not None and bounds.get("min", -math.inf) <= found <= bounds.get("max", math.inf)


def number(value: Any) -> float | None:
    """150000, "150 000,50" and "150000.5" are numbers; None for everything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    text = "".join(value.split()).replace(",", ".")  # spaces of any width stand between thousands
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def plain(value: Any) -> str:
    """The form in which values are compared."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.15g}"
    return " ".join(str(value).split()).casefold()
