"""S-20: one sentence per candidate, why he was chosen or the first reason why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from leaddrum.core.cycle import Line
from leaddrum.words.times import instant, until

CHOSEN = {
    "circle": lazy("gets the turn: longest without an offer in this drum"),
    "weighted": lazy("gets the turn: furthest behind his share"),
    "least_loaded": lazy("gets the turn: fewest open leads"),
    "again": lazy("gets the turn: everybody available has had this lead, this person longest ago"),
    "claim": lazy("gets the offer: the first to take the lead has it"),
    "owner": lazy("gets the turn: responsible for the lead"),
    "known": lazy("gets the turn: already works with this client"),
    "pinned": lazy("gets the turn: assigned by hand"),
    "stays": lazy("gets the turn: the lead stays with its owner"),
    "handed_over": lazy("gets the turn: a colleague has handed the lead over to him"),
}
AFTER = {
    "owner": lazy("comes after the one responsible for the lead"),
    "known": lazy("comes after the one who works with this client"),
}
PLAIN = {
    "inactive": lazy("no longer works here"),
    "technical": lazy("a robot's account"),
    "paused": lazy("paused"),
    "called": lazy("the head has passed the lead on from him"),
    "short_rest": lazy("too little of the shift is left"),
    "cannot_fit": lazy("the whole budget does not fit into the rest of the shift"),
}


def reason(line: Line | Sequence[Any], names: Mapping[int, str], zone: tzinfo, near: datetime | None = None) -> str:
    """The sentence without the person's name.

    Args:
        line: as the core makes it, or as the journal keeps it: [person, code, value].
        names: by number; kept for sentences that name somebody else.
        near: when the choice was made: instants of that day are shown without it.
    """
    del names
    code, value = (line.code, line.value) if isinstance(line, Line) else (str(line[1]), str(line[2]))
    if code == "chosen":
        return str(CHOSEN.get(value, _("gets the turn")))
    if code in PLAIN:
        return str(PLAIN[code])
    if code in _WITH_VALUE:
        return _WITH_VALUE[code](value, zone, near)
    return code


def _absent(value: str, zone: tzinfo, near: datetime | None) -> str:
    return _("absent until %(until)s") % {"until": until(value, zone, near)} if value else _("absent")


def _off_shift(value: str, zone: tzinfo, near: datetime | None) -> str:
    return _("off shift until %(until)s") % {"until": instant(value, zone, near)} if value else _("off shift")


def _at_cap(value: str, _zone: tzinfo, _near: datetime | None) -> str:
    held, _slash, cap = value.partition("/")
    return _("%(held)s of %(cap)s open offers") % {"held": held, "cap": cap}


def _missed(value: str, zone: tzinfo, near: datetime | None) -> str:
    return _("missed this lead at %(at)s") % {"at": instant(value, zone, near)} if value else _("missed this lead")


def _returned(value: str, zone: tzinfo, near: datetime | None) -> str:
    return _("returned this lead at %(at)s") % {"at": instant(value, zone, near)} if value else _("returned this lead")


def _refused(value: str, zone: tzinfo, near: datetime | None) -> str:
    if not value:
        return _("not accepted by the CRM as responsible")
    return _("not accepted by the CRM as responsible at %(at)s") % {"at": instant(value, zone, near)}


def _had_it(value: str, _zone: tzinfo, _near: datetime | None) -> str:
    if not value:
        return _("put this lead back into the entry stage: comes last")
    return _("had this lead in turn %(turn)s: first come those who have not had it, or longer ago") % {"turn": value}


def _after(value: str, _zone: tzinfo, _near: datetime | None) -> str:
    return str(AFTER.get(value, _("later in the list")))


def _later(value: str, zone: tzinfo, near: datetime | None) -> str:
    if not value:
        return _("later in the list")
    if "T" in value:
        return _("last offer at %(at)s: somebody waits longer") % {"at": instant(value, zone, near)}
    if "." in value:
        return _("share owed is %(share)s leads: somebody is further behind") % {"share": value}
    return _("has more open leads: %(leads)s") % {"leads": value}


_WITH_VALUE = {
    "absent": _absent,
    "off_shift": _off_shift,
    "at_cap": _at_cap,
    "cooldown": _missed,
    "returned": _returned,
    "refused": _refused,
    "had_it": _had_it,
    "after": _after,
    "later": _later,
}
