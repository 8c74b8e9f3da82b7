"""Short words for the codes that rows hold. A code that is not known is shown as it is."""

from __future__ import annotations

from datetime import datetime, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from leaddrum.words.times import until as until_words

VERDICTS = {
    "taken": lazy("taken"),
    "missed": lazy("missed"),
    "returned": lazy("returned"),
    "void": lazy("void"),
}
STATES = {
    "offered": lazy("offered"),
    "held": lazy("waiting"),
    "with_head": lazy("with the head"),
    "taken": lazy("taken"),
    "closed": lazy("closed"),
    "withdrawn": lazy("withdrawn"),
}
VOIDS = {
    "absent": lazy("absent"),
    "paused": lazy("paused"),
    "dismissed": lazy("no longer works here"),
    "removed": lazy("no longer in the drum's list"),
    "colleague": lazy("taken by a colleague"),
    "reassigned": lazy("given to somebody else by hand"),
    "called": lazy("the head has passed it on"),
    "merged": lazy("merged with another lead"),
    "deleted": lazy("the lead was deleted"),
    "closed": lazy("the lead was closed"),
    "outage": lazy("the CRM could not be reached"),
    "annulled": lazy("the lead had been taken in time before"),
    "moved": lazy("moved to another drum's stage"),
    "refused": lazy("not accepted by the CRM as responsible"),
    "robot": lazy("moved by a robot"),
}
HOLDS = {
    "closed": lazy("outside service hours"),
    "nobody": lazy("nobody can be offered it now"),
    "cap": lazy("everybody available is at the limit of open offers"),
    "cooldown": lazy("everybody on duty has just had it"),
    "frozen": lazy("the head decides"),
}
MOVES = {
    "outage": lazy("the CRM could not be reached"),
    "calendar": lazy("the working hours were changed"),
    "policy": lazy("the drum's settings were changed"),
}
EXCUSES = {
    "overload": lazy("open offers at the limit"),
    "call": lazy("on the phone with a client"),
    "undelivered": lazy("the offer was not delivered"),
    "outage": lazy("the CRM could not be reached"),
    "watched": lazy("the portal was only watched, nobody was told"),
}
CHANNELS = {
    "form": lazy("the form on the site"),
    "api": lazy("the API"),
    "csv": lazy("a CSV import"),
    "hand": lazy("by hand"),
    "mail": lazy("mail"),
    "call": lazy("a call"),
    "chat": lazy("a chat"),
    "board": lazy("the board"),
    "crm": lazy("from the CRM"),
    "merge": lazy("another lead of the client, merged"),
    "relapse": lazy("taken for show, offered again"),
    "stage": lazy("from another stage"),
    "back": lazy("back from another stage"),
}

VOIDS_OF_YOU = {
    "absent": lazy("you are absent"),
    "paused": lazy("you are paused"),
    "removed": lazy("you are no longer in the drum's list"),
}


def verdict(code: str) -> str:
    return str(VERDICTS.get(code, code))


def state(code: str) -> str:
    return str(STATES.get(code, code))


def void(code: str) -> str:
    return str(VOIDS.get(code, code))


def void_of_you(code: str) -> str:
    """The same, told to the one whose turn it was."""
    return str(VOIDS_OF_YOU[code]) if code in VOIDS_OF_YOU else void(code)


def excuse(code: str) -> str:
    return str(EXCUSES.get(code, code))


def moved(code: str) -> str:
    """Why a deadline moved."""
    return str(MOVES.get(code, code))


def channel(code: str) -> str:
    return str(CHANNELS.get(code, code))


def hold(
    code: str, until: datetime | str | None = None, zone: tzinfo | None = None, near: datetime | None = None
) -> str:
    """Why nobody has the lead, and until when that stands if it is known."""
    why = str(HOLDS.get(code, code))
    if until is None or zone is None or code == "cap":  # the next take frees somebody: no hour tells when
        return why
    return _("%(why)s (until %(until)s)") % {"why": why, "until": until_words(until, zone, near)}
