"""A head's messages in a storm: one table instead of fifteen messages.

What a head is told comes at once when it comes alone. What comes with it, or within `WINDOW` after it, is told
together: one message with a line for each. On the pages each stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from leaddrum.models import Effect

WAYS_IN = {"way_broken", "way_works", "way_silent", "way_heard"}
KINDS = frozenset({"escalated", "hold", "undelivered", "closed", "false_take", *WAYS_IN})
OF_ANOTHER = frozenset({"paused", "broken"})  # said to him and to his head: the head's names him
WINDOW = timedelta(minutes=2)
LOOKED_AT = 50  # newest notices of a person among which the last one of these is looked for


def heads(effect: Effect) -> bool:
    """Whether it is said to somebody as a head."""
    if effect.outlet is not None:
        return False
    named = effect.data.get("holder", effect.data.get("person"))
    return effect.kind in KINDS or (effect.kind in OF_ANOTHER and named is not None)


def grouped(ready: Iterable[Effect]) -> list[list[Effect]]:
    """The notices of one batch in their order; a head's stand together where the first of them stood."""
    groups: list[list[Effect]] = []
    of_head: dict[int, list[Effect]] = {}
    for effect in ready:
        if heads(effect) and effect.person_id in of_head:
            of_head[effect.person_id].append(effect)
            continue
        group = [effect]
        groups.append(group)
        if heads(effect):
            of_head[effect.person_id] = group
    return groups


def waits_until(effect: Effect, now: datetime) -> datetime | None:
    """When the next of these may be said to him, if one was said a moment ago."""
    newest = Effect.objects.filter(person=effect.person_id, outlet=None).exclude(pk=effect.pk).order_by("-pk")
    said = [
        one.done_at
        for one in newest.only("kind", "data", "done_at", "channel", "outlet", "error")[:LOOKED_AT]
        if one.done_at is not None and one.channel != "inapp" and one.error != "stale" and heads(one)
    ]
    until = max(said, default=None)
    return until + WINDOW if until is not None and until + WINDOW > now else None
