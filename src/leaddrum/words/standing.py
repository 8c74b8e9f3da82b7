"""Where a lead is now, for a message that was sent about it; the names of the ways out; reasons to decline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from leaddrum.words import labels
from leaddrum.words.times import instant

WAYS = {
    "inapp": lazy("the pages"),
    "email": lazy("e-mail"),
    "telegram": lazy("Telegram"),
    "push": lazy("browser notices"),
    "webhook": lazy("webhook"),
    "bitrix24": lazy("Bitrix24"),
}
DECLINES = (
    lazy("Busy with another client"),
    lazy("Not my field"),
    lazy("A colleague already works with this client"),
    lazy("I leave soon and will not make it"),
)


class _Cycle(Protocol):
    @property
    def state(self) -> str: ...
    @property
    def holder_id(self) -> int | None: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def taken_by_id(self) -> int | None: ...
    @property
    def hold_reason(self) -> str: ...


class _Delivery(Protocol):
    kind: str
    channel: str
    at: datetime
    result: str
    error: str


def way(code: str) -> str:
    """A channel by which people are told."""
    return str(WAYS.get(code, code))


def delivery(row: _Delivery, zone: tzinfo, near: datetime | None = None) -> str:
    """One attempt to tell him: "Telegram, offer: delivered at 10:00"."""
    values = {
        "channel": way(row.channel),
        "what": str(_KINDS.get(row.kind, row.kind)),
        "at": instant(row.at, zone, near),
        "error": row.error,
    }
    return str(_RESULTS[row.result]) % values


_KINDS = {
    "offer": lazy("the offer"),
    "reminder": lazy("a reminder"),
    "moved": lazy("another deadline"),
    "pinned": lazy("assigned by hand"),
}
_RESULTS = {
    "done": lazy("%(channel)s, %(what)s: delivered at %(at)s"),
    "later": lazy("%(channel)s, %(what)s: put off at %(at)s (%(error)s)"),
    "refused": lazy("%(channel)s, %(what)s: refused at %(at)s (%(error)s)"),
}


def standing(cycle: _Cycle, names: Mapping[int, str], zone: tzinfo, near: datetime | None = None) -> str:
    """Who has the lead now and until when, in one sentence."""
    if cycle.state == "offered" and cycle.due_at is not None:
        until = instant(cycle.due_at, zone, near)
        if cycle.holder_id is None:
            return _("Now it is offered to everybody, until %(until)s.") % {"until": until}
        who = names.get(cycle.holder_id, "?")
        return _("Now it is with: %(who)s, until %(until)s.") % {"who": who, "until": until}
    if cycle.state == "taken" and cycle.taken_by_id is not None:
        return _("It was taken by: %(who)s.") % {"who": names.get(cycle.taken_by_id, "?")}
    if cycle.state == "held":
        return _("Now it waits: %(why)s.") % {"why": labels.hold(cycle.hold_reason)}
    return str(_ENDS.get(cycle.state, _("This turn is over.")))


_ENDS = {
    "with_head": lazy("Now the head decides."),
    "taken": lazy("The lead is taken already."),
    "closed": lazy("The lead is closed."),
    "withdrawn": lazy("The lead was deleted."),
}
