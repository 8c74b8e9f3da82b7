"""Sentences about contacts with the client: what the journal says of a call, a mail, a message, a note (S-54)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from leaddrum.words import labels
from leaddrum.words.times import duration

Data = Mapping[str, Any]
SIGNALS = {
    "call": lazy("you spoke with the client"),
    "mail": lazy("you wrote to the client"),
    "chat": lazy("you wrote to the client"),
}
CHANNELS = {"mail": lazy("by mail"), "chat": lazy("in the chat"), "call": lazy("by phone"), "form": lazy("by the form")}


class Reader(Protocol):
    def who(self, person: int | None, nobody: str = "—") -> str: ...


def _contact(data: Data, reader: Reader) -> str:
    who = reader.who(data.get("person"), _("nobody"))
    kind, outward = str(data.get("kind")), bool(data.get("outward"))
    if kind == "call":
        seconds = int(data.get("seconds") or 0)
        if not seconds:
            return _("A call nobody answered: %(who)s called.") % {"who": who} if outward else _("A missed call.")
        told = (
            _("%(who)s called the client: %(long)s.")
            if outward
            else _("The client called, %(who)s answered: %(long)s.")
        )
        return told % {"who": who, "long": duration(seconds)}
    if kind == "mail":
        return _("Written to the client by mail: %(who)s.") % {"who": who}
    if kind == "chat":
        return _("Written to the client in the chat: %(who)s.") % {"who": who}
    return _("A note: %(who)s.") % {"who": who}


def _wrote(data: Data, reader: Reader) -> str:
    del reader
    return _("The client wrote again %(how)s. The owner is told.") % {"how": _how(data)}


def _promised(data: Data, reader: Any) -> str:
    return _("The client was told: we answer by %(by)s.") % {"by": reader.when(data["by"])}


def _how(data: Data) -> str:
    channel = str(data.get("channel", ""))
    return str(CHANNELS.get(channel, channel))


ENTRIES: dict[str, Callable[[Data, Any], str]] = {"contact": _contact, "wrote": _wrote, "promised": _promised}


def _told_wrote(data: Data, _reader: Any) -> tuple[str, list[str]]:
    return _("The client wrote again"), [
        _("The client wrote %(how)s about a lead that is in your work.") % {"how": _how(data)},
    ]


def _told_joined(data: Data, _reader: Any) -> tuple[str, list[str]]:
    return _("The client asked again"), [
        _("Way in: %(channel)s. The client is waiting: take this lead first.")
        % {"channel": labels.channel(str(data.get("channel", "")))}
    ]


def blocked(error: str) -> bool:
    """Whether Telegram answers that the other has blocked the bot."""
    return "blocked by the user" in error.lower()


def unsent(error: str) -> str:
    """Why a message did not reach a client, where the other side's answer is a known one; else that answer."""
    if blocked(error) or any(said in error.lower() for said in ("user is deactivated", "chat not found")):
        return _("the client has blocked the bot or left Telegram")
    if re.fullmatch(r"5\d\d", error):  # RFC 5321, 4.2.1: for good
        return _("the client's mail server refuses the letter (%(code)s)") % {"code": error}
    if error.startswith("HTTP "):
        return _("the messenger's gateway refuses it (%(code)s)") % {"code": error}
    return error


def _told_unsent(data: Data, _reader: Any) -> tuple[str, list[str]]:
    if data.get("doubtful"):
        return _("Your message may not have reached the client"), [
            _("The line broke while it was sent, so it is not sent again by itself."),
            _("Ask the client, or send it once more on the lead's page."),
        ]
    return _("Your message did not reach the client"), [
        _("The answer was: %(error)s") % {"error": unsent(data["error"])},
        _("It stands on the lead's page. Reach the client another way."),
    ]


def _told_signal(data: Data, _reader: Any) -> tuple[str, list[str]]:
    what = SIGNALS.get(str(data.get("signal")), SIGNALS["call"])
    return _("You have spoken with the client: take the lead"), [
        _("The drum has noticed: %(what)s.") % {"what": what},
        _("If the lead is yours now, press the button: until then its time runs on."),
    ]


NOTICES: dict[str, Callable[[Data, Any], tuple[str, list[str]]]] = {
    "wrote": _told_wrote,
    "joined": _told_joined,
    "signal": _told_signal,
    "unsent": _told_unsent,
}
