"""Sentences about a way in that does not work or has fallen silent, and about one that works or is heard again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from leaddrum.models.ways import BUILT_IN
from leaddrum.words.times import duration, working

Data = Mapping[str, Any]
HANGS = "whatever reads it hangs"  # as the engine notes it of a way
REFUSED = "all calls are refused"  # as the intake does: the secret does not fit
PAGE = lazy("Form page: %(drum)s")
TROUBLES = {
    HANGS: lazy("Whatever reads it hangs. Start LeadDrum anew."),
    REFUSED: lazy(
        "Requests come, and all of them are refused: the signature does not fit."
        " Put the secret from the page of the way in where the sender keeps it."
    ),
}

# What becomes of what comes meanwhile, by the way's kind.
WHILE = {
    "mailbox": lazy("Letters stay in the mailbox and become leads when it works again."),
    "telegram": lazy("Telegram keeps messages for a day; they become leads when it works again before that."),
    "calls": lazy("Calls of this time do not become leads: look them up in the telephony."),
    "form": lazy("Requests of this time do not become leads: look them up where the site keeps them."),
    "chat": lazy("Messages of this time do not become leads: look them up in the messenger."),
}
AFTER = {
    "mailbox": lazy("Letters that came meanwhile are being read."),
    "telegram": lazy("Messages of the last day that came meanwhile are being read."),
    "calls": lazy("Calls of that time did not become leads: look them up in the telephony."),
    "form": lazy("Requests of that time did not become leads: look them up where the site keeps them."),
    "chat": lazy("Messages of that time did not become leads: look them up in the messenger."),
}
TRY = {
    "mailbox": lazy("Write to the mailbox from another address and look whether a lead comes of it."),
    "smtp": lazy(
        "Write to its address from another mail service and look whether a lead comes of it:"
        " whether it is reached from outside cannot be seen from here."
    ),
    "form": lazy("Send the form on the site yourself and look whether a lead comes of it."),
    "calls": lazy("Call the number, hang up before anybody answers, and look whether a lead comes of it."),
    "chat": lazy("Write to the messenger from another account and look whether a lead comes of it."),
    "telegram": lazy("Write to the bot from another account and look whether a lead comes of it."),
    "page": lazy(
        "Open the form where clients see it, on your site too, send it yourself and look whether a lead comes of it."
    ),
    "api": lazy(
        "Look in the log of the program that sends leads: does it send, what is it answered, is its token valid?"
    ),
}


class Reader(Protocol):
    def when(self, value: str) -> str: ...


def way_in(kind: str, name: str) -> str:
    """What a way in is called: as they named it, but a form page by its drum."""
    return str(PAGE) % {"drum": name} if kind == "page" else name


def trouble(text: str) -> str:
    """Why a way does not work; as the other side says it, unless it is one of ours, and what to do."""
    advice = _advice(text)
    return f"{text.rstrip('.')}. {advice}" if advice else str(TROUBLES.get(text, text))


def _advice(error: str) -> str:
    """What to do where the other side's words do not say it: how mail servers refuse a name or a password."""
    refused = any(said in error.upper() for said in ("AUTHENTICATIONFAILED", "INVALID CREDENTIALS", "LOGIN FAILED"))
    if not refused:
        return ""
    return _(
        "The server does not accept the name or the password: "
        "check the app password, or the refresh token of OAuth 2.0, and save."
    )


def silence(usual: float, lasts: float | None = None) -> str:
    """The figures by which a silence is judged, in seconds of working time (`core.silence`). `lasts` None: it is over a
    year."""
    told = {"usual": duration(usual), "lasts": working(lasts // 60 * 60) if lasts is not None else ""}
    if lasts is None:
        return _("Usually the longest pause is %(usual)s of working time; now nothing comes at all.") % told
    return _("Usually the longest pause is %(usual)s; now nothing has come for %(lasts)s.") % told


def _broken(data: Data, reader: Reader) -> tuple[str, list[str]]:
    error = str(data.get("error", ""))
    return _("A way in does not work: %(name)s") % {"name": data["name"]}, [
        _("No leads have come in by it since %(since)s.") % {"since": reader.when(data["since"])},
        trouble(error) if error in TROUBLES else _why(error),
        _advice(error),
        str(WHILE.get(str(data.get("of")), "")),
    ]


def _works(data: Data, reader: Reader) -> tuple[str, list[str]]:
    return _("A way in works again: %(name)s") % {"name": data["name"]}, [
        _("It did not work from %(since)s to %(at)s.")
        % {"since": reader.when(data["since"]), "at": reader.when(data["at"])},
        str(AFTER.get(str(data.get("of")), "")),
    ]


def _silent(data: Data, reader: Reader) -> tuple[str, list[str]]:
    kind = str(data.get("of"))
    return _("A way in is silent: %(name)s") % {"name": way_in(kind, data["name"])}, [
        _("The last time something came by it was %(since)s.") % {"since": reader.when(data["since"])},
        silence(data["usual"], data["lasts"]),
        str(TRY.get(kind, "")),
        _("If it is meant to be silent, press “Do not watch” on its page.")
        if kind in BUILT_IN
        else _("If it is meant to be silent, switch it off on its page."),
    ]


def _heard(data: Data, reader: Reader) -> tuple[str, list[str]]:
    name = way_in(str(data.get("of")), data["name"])
    return _("A way in is heard again: %(name)s") % {"name": name}, [
        _("Something came by it at %(at)s.") % {"at": reader.when(data["at"])}
    ]


def _why(error: str) -> str:
    return _("The answer was: %(error)s") % {"error": error} if error else ""


NOTICES: dict[str, Callable[[Data, Any], tuple[str, list[str]]]] = {
    "way_broken": _broken,
    "way_works": _works,
    "way_silent": _silent,
    "way_heard": _heard,
}
