"""Sentences about a way in that does not work, and about one that works again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

Data = Mapping[str, Any]
HANGS = "whatever reads it hangs"  # as the engine notes it of a way

# What becomes of what comes meanwhile, by the way's kind.
WHILE = {
    "mailbox": lazy("Letters stay in the mailbox and become leads when it works again."),
    "telegram": lazy("Telegram keeps messages for a day; they become leads when it works again before that."),
    "calls": lazy("Calls of this time do not become leads: look them up in the telephony."),
}
AFTER = {
    "mailbox": lazy("Letters that came meanwhile are being read."),
    "telegram": lazy("Messages of the last day that came meanwhile are being read."),
    "calls": lazy("Calls of that time did not become leads: look them up in the telephony."),
}


class Reader(Protocol):
    def when(self, value: str) -> str: ...


def _broken(data: Data, reader: Reader) -> tuple[str, list[str]]:
    error = str(data.get("error", ""))
    return _("A way in does not work: %(name)s") % {"name": data["name"]}, [
        _("No leads have come in by it since %(since)s.") % {"since": reader.when(data["since"])},
        _("Whatever reads it hangs. Start LeadDrum anew.") if error == HANGS else _why(error),
        str(WHILE.get(str(data.get("of")), "")),
    ]


def _works(data: Data, reader: Reader) -> tuple[str, list[str]]:
    return _("A way in works again: %(name)s") % {"name": data["name"]}, [
        _("It did not work from %(since)s to %(at)s.")
        % {"since": reader.when(data["since"]), "at": reader.when(data["at"])},
        str(AFTER.get(str(data.get("of")), "")),
    ]


def _why(error: str) -> str:
    return _("The answer was: %(error)s") % {"error": error} if error else ""


NOTICES: dict[str, Callable[[Data, Any], tuple[str, list[str]]]] = {"way_broken": _broken, "way_works": _works}
