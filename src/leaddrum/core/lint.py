"""What is doubtful in routing rules and rosters, from values alone (S-26)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from leaddrum.core.routing import Rule, in_range, plain
from leaddrum.core.worktime import Calendar, Span

MOST_CASES = 5_000  # combinations of one rule's values that are looked at


def unreachable(rules: Sequence[Rule]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Rules that can never win, each with the earlier ones that take everything from it. Positions from 0.

    Sound: what is reported never wins, whatever the lead. Not complete: a range that only several earlier ranges cover
    together is not noticed.

    1. A lead that matches a rule has, in each of the rule's fields, one of its values: one combination of them.
    2. An earlier rule takes that combination when each of its own fields is among them and allows the value there.
    3. So when every combination is taken by some earlier rule, the rule never wins.
    """
    found = []
    for position, rule in enumerate(rules):
        takers = _takers(rule, rules[:position])
        if takers:
            found.append((position, takers))
    return tuple(found)


def _takers(rule: Rule, earlier: Sequence[Rule]) -> tuple[int, ...]:
    candidates = [(position, other) for position, other in enumerate(earlier) if other.keys() <= rule.keys()]
    for position, other in candidates:
        if all(_covers(other[field], rule[field]) for field in other):
            return (position,)
    choices = [[wanted] if isinstance(wanted, Mapping) else [[value] for value in wanted] for wanted in rule.values()]
    if not candidates or math.prod(map(len, choices)) > MOST_CASES:
        return ()
    takers: dict[int, None] = {}
    for case in itertools.product(*choices):
        values = dict(zip(rule, case, strict=True))
        taker = next(
            (
                position
                for position, other in candidates
                if all(_covers(other[field], values[field]) for field in other)
            ),
            None,
        )
        if taker is None:
            return ()
        takers[taker] = None
    return tuple(sorted(takers))


def _covers(wide: Any, narrow: Any) -> bool:
    """Whether everything that `narrow` allows, `wide` allows too."""
    if isinstance(narrow, Mapping):
        return (
            isinstance(wide, Mapping)
            and wide.get("min", -math.inf) <= narrow.get("min", -math.inf)
            and wide.get("max", math.inf) >= narrow.get("max", math.inf)
        )
    if isinstance(wide, Mapping):
        return all(in_range(value, wide) for value in narrow)
    return {plain(value) for value in narrow} <= {plain(value) for value in wide}


def overlaps(rules: Sequence[Rule]) -> tuple[tuple[int, int], ...]:
    """Pairs of rules that one lead can match both, the earlier first; it wins."""
    return tuple(
        (first, second)
        for first, second in itertools.combinations(range(len(rules)), 2)
        if all(_meet(rules[first][field], rules[second][field]) for field in rules[first].keys() & rules[second].keys())
    )


def contested(
    rules: Sequence[Rule], results: Sequence[object], dead: Container[int] = ()
) -> tuple[tuple[int, int], ...]:
    """Pairs of rules whose order counts: one lead can match both, and they do different things with it.

    Args:
        results: what each rule does with a lead that it wins, such as its drum.
        dead: rules that never win (`unreachable`): their place is another trouble.
    """
    return tuple(
        (first, second)
        for first, second in overlaps(rules)
        if results[first] != results[second] and first not in dead and second not in dead
    )


def _meet(one: Any, other: Any) -> bool:
    """Whether some value is allowed by both."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        lowest = max(one.get("min", -math.inf), other.get("min", -math.inf))
        return bool(lowest <= min(one.get("max", math.inf), other.get("max", math.inf)))
    if isinstance(one, Mapping):
        one, other = other, one
    if isinstance(other, Mapping):
        return any(in_range(value, other) for value in one)
    return not {plain(value) for value in one}.isdisjoint(plain(value) for value in other)


def unattended(service: Calendar, people: Iterable[Calendar]) -> tuple[Span, ...]:
    """Service hours in which none of these people works; their calendars are already cut to the service hours."""
    worked = [span for hours in people for span in hours.spans()]
    return tuple(service.without(worked).spans())


def longest_shift(hours: Calendar, since: datetime) -> float:
    """Working seconds of the longest shift that begins after `since`; 0 when none does."""
    return max((hours.shift_left(span.start) for span in hours.spans() if span.start >= since), default=0.0)
