"""What becomes of routing rules. They have no ids, so they are known again by what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from leaddrum.company.shape import Route

Step = tuple[int | None, int | None]  # where a rule was and where it is now, from 0; None: nowhere


def steps(old: Sequence[Route], new: Sequence[Route]) -> list[Step]:
    """Every rule that goes, comes, is edited or moved, in the order of the list; a rule that only takes another number
    because of others is none of them.

    1. Between rules that stay in their order lie the blocks that differ.
    2. A rule that leaves a block and comes up in one, word for word, has moved.
    3. Of what is left of a block, two with the same conditions or the same drum are one that was edited.
    """
    before, after = ([content(route) for route in routes] for routes in (old, new))
    blocks = list(_blocks(before, after))
    arrivals: dict[Hashable, list[int]] = defaultdict(list)
    for _gone, come in blocks:
        for now in come:
            arrivals[after[now]].append(now)
    moved: dict[int, int] = {}
    for was in (was for gone, _come in blocks for was in gone):
        if arrivals[before[was]]:
            moved[was] = arrivals[before[was]].pop(0)
    found: list[Step] = list(moved.items())
    for gone, come in blocks:
        left = [was for was in gone if was not in moved]
        for now in (now for now in come if now not in moved.values()):
            edited = next((was for was in left if _alike(old[was], new[now])), None)
            left = [was for was in left if was != edited]
            found.append((edited, now))
        found += [(was, None) for was in left]
    return sorted(found, key=_place)


def _blocks(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[tuple[range, range]]:
    for kind, *ends in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield range(*ends[:2]), range(*ends[2:])


def _place(step: Step) -> tuple[int, bool]:
    was, now = step
    return (was if now is None else now) or 0, now is not None


def _alike(one: Route, other: Route) -> bool:
    return one.drum == other.drum or dict(one.when) == dict(other.when)


def content(route: Route) -> Hashable:
    """What it says, the same for two rules that say the same."""
    return frozenset((field, _wanted(wanted)) for field, wanted in route.when.items()), route.drum


def _wanted(wanted: Any) -> Hashable:
    return frozenset(wanted.items()) if isinstance(wanted, Mapping) else tuple(wanted)
