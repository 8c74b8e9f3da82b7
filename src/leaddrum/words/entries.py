"""One sentence for each entry of the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum.words import contacts, labels
from leaddrum.words.figures import percent
from leaddrum.words.times import instant, working

Data = Mapping[str, Any]


class _Entry(Protocol):
    kind: str
    at: datetime
    data: Any


@dataclass(frozen=True, slots=True)
class _Reader:
    """For whom the sentence is: whose zone, which names, on which day it was written."""

    names: Mapping[int, str]
    zone: tzinfo
    near: datetime
    stages: Mapping[str, str]

    def who(self, person: int | None, nobody: str = "—") -> str:
        return nobody if person is None else self.names.get(person, "?")

    def when(self, value: str) -> str:
        return instant(value, self.zone, self.near)

    def stage(self, key: str | None) -> str:
        return self.stages.get(key, key) if key else "—"


def entry(entry: _Entry, names: Mapping[int, str], zone: tzinfo, stages: Mapping[str, str] | None = None) -> str:
    """What happened, in one sentence. Instants on the entry's own day are shown without it.

    Args:
        stages: titles of the company's stages by their ids; without them a stage goes by its id.
    """
    tell = _TELL.get(entry.kind)
    return tell(entry.data, _Reader(names, zone, entry.at, stages or {})) if tell else entry.kind


def _arrived(data: Data, reader: _Reader) -> str:
    if data.get("returned_by") is not None:
        return _("The lead came back to the entry stage: %(who)s.") % {"who": reader.who(data["returned_by"])}
    return _("The lead arrived: %(channel)s.") % {"channel": labels.channel(str(data.get("channel", "")))}


def _offered(data: Data, reader: _Reader) -> str:
    values = {
        "turn": data["turn"],
        "who": reader.who(data["person"], _("everybody")),
        "due": reader.when(data["due_at"]),
        "budget": working(data["budget"]),
    }
    if data.get("next_up") is None:
        return _("Turn %(turn)s offered to: %(who)s, until %(due)s (%(budget)s).") % values
    values["next"] = reader.who(data["next_up"])
    return _("Turn %(turn)s offered to: %(who)s, until %(due)s (%(budget)s). Next up: %(next)s.") % values


def _reminded(data: Data, reader: _Reader) -> str:
    return _("Reminder: %(who)s, %(share)s of the budget is spent, due %(due)s.") % {
        "who": reader.who(data["person"], _("everybody")),
        "share": percent(data["share"]),
        "due": reader.when(data["due_at"]),
    }


def _taken(data: Data, reader: _Reader) -> str:
    values = {"who": reader.who(data["by"], _("a robot")), "at": reader.when(data["at"])}
    if data.get("holder") is not None and data["holder"] != data["by"]:
        return _("Taken at %(at)s: %(who)s. The turn of %(holder)s is void.") % {
            **values,
            "holder": reader.who(data["holder"]),
        }
    if data.get("in_time", True):
        return _("Taken at %(at)s: %(who)s.") % values
    return _("Taken at %(at)s, after the deadline: %(who)s.") % values


def _missed(data: Data, reader: _Reader) -> str:
    values = {"who": reader.who(data["person"], _("everybody")), "due": reader.when(data["due_at"])}
    told = _("Missed: %(who)s, the deadline was %(due)s. It is in the journal of misses.") % values
    if data.get("excuse"):
        told += " " + _("Marked: %(excuse)s.") % {"excuse": labels.excuse(data["excuse"])}
    if data.get("paused"):
        told += " " + _("Paused after so many misses in a row.")
    return told


def _returned(data: Data, reader: _Reader) -> str:
    values = {"who": reader.who(data["person"], _("everybody")), "reason": data.get("reason") or "—"}
    if data.get("to") is not None:
        return _("Handed over: %(who)s → %(to)s.") % {**values, "to": reader.who(data["to"])}
    return _("Returned: %(who)s. Reason: %(reason)s.") % values


def _handover_asked(data: Data, reader: _Reader) -> str:
    values = {"who": reader.who(data["person"]), "to": reader.who(data["to"])}
    told = (
        _("%(who)s asks a colleague to take the lead over: %(to)s. Until they answer, the turn stays where it is.")
        % values
    )
    return f"{told} {_('“%(text)s”') % {'text': data['note']}}" if data.get("note") else told


def _handover_refused(data: Data, reader: _Reader) -> str:
    return _("%(to)s does not take it over. The turn stays with: %(who)s.") % {
        "who": reader.who(data["person"]),
        "to": reader.who(data["to"]),
    }


def _handover_withdrawn(data: Data, reader: _Reader) -> str:
    return _("The request to take the lead over is taken back: %(who)s → %(to)s.") % {
        "who": reader.who(data["person"]),
        "to": reader.who(data["to"]),
    }


def _voided(data: Data, reader: _Reader) -> str:
    return _("The turn ended through nobody's fault: %(who)s (%(reason)s).") % {
        "who": reader.who(data["person"], _("everybody")),
        "reason": labels.void(str(data.get("reason", ""))),
    }


def _held(data: Data, reader: _Reader) -> str:
    return _("Waits: %(why)s.") % {"why": labels.hold(data["reason"], data.get("until"), reader.zone, reader.near)}


def _hold_told(data: Data, reader: _Reader) -> str:
    return _("The head was told that the lead waits: %(head)s (%(why)s, since %(since)s).") % {
        "head": reader.who(data["head"]),
        "why": labels.hold(str(data["reason"])),
        "since": reader.when(data["since"]),
    }


def _escalated(data: Data, reader: _Reader) -> str:
    misses = int(data["misses"])
    told = ngettext(
        "Nobody took it in %(misses)d turn. The head is pulled in: %(head)s.",
        "Nobody took it in %(misses)d turns. The head is pulled in: %(head)s.",
        misses,
    ) % {"misses": misses, "head": reader.who(data["head"])}
    more = {
        "own": _("The lead is the head's now."),
        "freeze": _("The drum stands still until the head decides."),
    }.get(str(data.get("mode")))
    return f"{told} {more}" if more else told


def _pinned(data: Data, reader: _Reader) -> str:
    return _("Assigned by hand to: %(to)s (by: %(by)s). It is not passed on from there.") % {
        "to": reader.who(data["to"]),
        "by": reader.who(data["by"], _("the CRM")),
    }


def _called(data: Data, reader: _Reader) -> str:
    return _("The drum was called by hand: %(who)s.") % {"who": reader.who(data["by"])}


def _joined(data: Data, reader: _Reader) -> str:
    del reader
    return _("The client asked again: %(channel)s. The priority is raised.") % {
        "channel": labels.channel(str(data["channel"]))
    }


def _robot_moved(data: Data, reader: _Reader) -> str:
    return _("A robot moved the lead to “%(stage)s”: that is no take.") % {"stage": reader.stage(data["stage"])}


def _moved(data: Data, reader: _Reader) -> str:
    values = {"who": reader.who(data["by"], _("a robot")), "stage": reader.stage(data["stage"])}
    return _("Moved to “%(stage)s”: %(who)s.") % values


def _started(data: Data, reader: _Reader) -> str:
    return _("The CRM has confirmed the responsible person: %(who)s. The time runs until %(due)s.") % {
        "who": reader.who(data["person"]),
        "due": reader.when(data["due_at"]),
    }


def _extended(data: Data, reader: _Reader) -> str:
    return _("The deadline moves from %(was)s to %(due)s: %(why)s.") % {
        "was": reader.when(data["was"]),
        "due": reader.when(data["due_at"]),
        "why": labels.moved(str(data.get("reason"))),
    }


def _offer_undelivered(data: Data, reader: _Reader) -> str:
    return _("The offer did not reach %(who)s. The head is warned: %(head)s; a miss would be excused.") % {
        "who": reader.who(data["person"]),
        "head": reader.who(data["head"]),
    }


def _closed(data: Data, reader: _Reader) -> str:
    values = {"who": reader.who(data["by"], _("a robot")), "stage": reader.stage(data.get("stage"))}
    if data.get("untaken"):
        return _("Closed without being taken: %(who)s, stage “%(stage)s”. It is on the head's list.") % values
    return _("Closed: %(who)s, stage “%(stage)s”.") % values


def _withdrawn(data: Data, _reader: _Reader) -> str:
    if data.get("reason") == "merged":
        return _("The lead was merged into another: the turn is void, the misses stay in the journal.")
    if data.get("reason") == "another_entry":
        return _("The lead was moved to where another drum waits for it: the turn is void.")
    if data.get("reason") == "watched":
        return _("Until now the portal was only watched. From here on the drum turns, and this lead begins anew.")
    return _("The lead was deleted: the turn is void, the misses stay in the journal.")


def _deleted(data: Data, reader: _Reader) -> str:
    return _("The lead was deleted: %(who)s. Its history stays.") % {"who": reader.who(data["by"], _("the CRM"))}


def _masked(data: Data, reader: _Reader) -> str:
    who = reader.who(data["by"], _("on the server"))
    return _("The client's data was masked: %(who)s. The journal and the figures stay.") % {"who": who}


def _restored(_data: Data, _reader: _Reader) -> str:
    return _("The deleted lead is back.")


def _merged(data: Data, reader: _Reader) -> str:
    values = {"title": data["title"], "lead": data["lead"], "who": reader.who(data["by"])}
    return _("Lead %(lead)s, “%(title)s”, was merged into this one: %(who)s.") % values


def _annulled(data: Data, reader: _Reader) -> str:
    if data.get("by") is not None:
        return _("The miss is annulled by: %(who)s. Reason: %(why)s.") % {
            "who": reader.who(data["by"]),
            "why": str(data.get("why") or "—").rstrip(" ."),
        }
    if data.get("taken_at"):
        return _("The miss is annulled: %(who)s had taken the lead in time, at %(at)s.") % {
            "who": reader.who(data.get("person")),
            "at": reader.when(data["taken_at"]),
        }
    return _("The miss is annulled.")


def _explained(data: Data, reader: _Reader) -> str:
    return _("Explanation: %(who)s: “%(text)s”.") % {
        "who": reader.who(data.get("by", data.get("person"))),
        "text": data.get("text", ""),
    }


def _failed(data: Data, reader: _Reader) -> str:
    del reader
    return _("The engine could not decide on this lead and tries again in an hour: %(error)s") % {
        "error": data.get("error", "")
    }


def _commented(data: Data, reader: _Reader) -> str:
    return _("%(who)s: “%(text)s”") % {"who": reader.who(data["person"]), "text": data["text"]}


def _contact_moved(data: Data, reader: _Reader) -> str:
    return _("The time to get in touch with the client moves from %(was)s to %(due)s: the calendar has changed.") % {
        "was": reader.when(data["was"]),
        "due": reader.when(data["due_at"]),
    }


def _no_contact(data: Data, reader: _Reader) -> str:
    values = {"who": reader.who(data["person"]), "due": reader.when(data["due_at"])}
    return _("No call, mail or comment since the take. Reminded: %(who)s, until %(due)s.") % values


def _false_take(data: Data, reader: _Reader) -> str:
    values = {"who": reader.who(data["person"]), "due": reader.when(data["due_at"])}
    return _("A false take: until %(due)s %(who)s was not in touch with the client. The drum turns again.") % values


_TELL: Mapping[str, Callable[[Data, _Reader], str]] = {
    "commented": _commented,
    "no_contact": _no_contact,
    "contact_moved": _contact_moved,
    "false_take": _false_take,
    "arrived": _arrived,
    "offered": _offered,
    "reminded": _reminded,
    "taken": _taken,
    "missed": _missed,
    "returned": _returned,
    "handover_asked": _handover_asked,
    "handover_refused": _handover_refused,
    "handover_withdrawn": _handover_withdrawn,
    "voided": _voided,
    "held": _held,
    "hold_told": _hold_told,
    "escalated": _escalated,
    "pinned": _pinned,
    "called": _called,
    "joined": _joined,
    "robot_moved": _robot_moved,
    "moved": _moved,
    "started": _started,
    "extended": _extended,
    "offer_undelivered": _offer_undelivered,
    "closed": _closed,
    "withdrawn": _withdrawn,
    "deleted": _deleted,
    "restored": _restored,
    "masked": _masked,
    "merged": _merged,
    "annulled": _annulled,
    "explained": _explained,
    "failed": _failed,
    **contacts.ENTRIES,
}
