"""The sentences of each kind of notice: its subject, and what it says below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum.words import contacts, labels, standing, ways_in
from leaddrum.words.figures import percent
from leaddrum.words.times import instant, working

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it: his names for people, his zone; instants near `near` are shown without their day."""

    names: Mapping[int, str]
    zone: tzinfo
    near: datetime | None

    def who(self, person: int | None, nobody: str = "—") -> str:
        return nobody if person is None else self.names.get(person, "?")

    def when(self, value: str) -> str:
        return instant(value, self.zone, self.near)


def _offer(data: Data, reader: Reader) -> tuple[str, list[str]]:
    due = reader.when(data["due_at"])
    subject = _("New lead, take it by %(due)s") % {"due": due}
    take = _("Take the lead by %(due)s: you have %(budget)s.") % {"due": due, "budget": working(data["budget"])}
    if data.get("to_all"):
        return subject, [_("It is offered to everybody: the first to take it has it."), take]
    if data.get("next_up") is not None:
        else_ = _("If it is not taken by then, it goes on to: %(next)s.") % {"next": reader.who(data["next_up"])}
    else:
        else_ = _("If it is not taken by then, it goes into the journal of misses.")
    return subject, [_AFTER[data["after"]]() if data.get("after") in _AFTER else "", take, else_]


_AFTER: Mapping[str, Callable[[], str]] = {
    "missed": lambda: _("A colleague has not taken it in time; now it is your turn."),
    "returned": lambda: _("A colleague has returned it; now it is your turn."),
    "called": lambda: _("The head has called the drum; now it is your turn."),
    "void": lambda: _("A colleague cannot take it; now it is your turn."),
    "handed_over": lambda: _("A colleague has handed it over to you."),
    "pinned": lambda: _("The lead was assigned to you by hand."),
}


def _reminder(data: Data, reader: Reader) -> tuple[str, list[str]]:
    due = reader.when(data["due_at"])
    share = percent(data["share"])
    return _("Reminder, take it by %(due)s") % {"due": due}, [
        _("%(share)s of the budget is spent. Take the lead by %(due)s.") % {"share": share, "due": due}
    ]


def _where(data: Data, reader: Reader) -> str:
    if data.get("to") is not None:
        return _("Now it is with: %(who)s.") % {"who": reader.who(data["to"])}
    if data.get("by") is not None:
        return _("It was taken by: %(who)s.") % {"who": reader.who(data["by"])}
    if data.get("hold"):
        return _("Now it waits: %(why)s.") % {"why": labels.hold(str(data["hold"]))}
    if data.get("until"):
        return _("Now it is offered to everybody.")
    return ""


def _missed(data: Data, reader: Reader) -> tuple[str, list[str]]:
    excuse = data.get("excuse")
    return _("The deadline has passed"), [
        _("The deadline was %(due)s. The miss is in the journal.") % {"due": reader.when(data["due_at"])},
        _("It is not counted against you: %(excuse)s.") % {"excuse": labels.excuse(excuse)} if excuse else "",
        _where(data, reader),
        "" if excuse else _("If there was a reason, add it to the journal in your own words."),
    ]


def _gone(data: Data, reader: Reader) -> tuple[str, list[str]]:
    return _("The lead is no longer yours"), [
        _("Your turn ended, and nobody counts it as a miss: %(why)s.")
        % {"why": labels.void_of_you(str(data.get("reason", "")))},
        _where(data, reader),
    ]


def _taken(data: Data, reader: Reader) -> tuple[str, list[str]]:
    body = _("Taken at %(at)s. The client waits for you.") % {"at": reader.when(data["at"])} if data.get("at") else ""
    return _("The lead is yours"), [body]


def _escalated(data: Data, reader: Reader) -> tuple[str, list[str]]:
    misses = int(data["misses"])
    counted = ngettext("%(misses)d turn was missed", "%(misses)d turns were missed", misses) % {"misses": misses}
    mode = {
        "own": _("The lead is yours now."),
        "freeze": _("The drum stands still: assign the lead, start again or close it."),
    }.get(str(data.get("mode")), _("The drum goes on; you observe the lead. Its whole story is on its page."))
    history = [
        capfirst(
            _("%(who)s: the deadline was %(due)s.")
            % {"who": reader.who(person, _("everybody")), "due": reader.when(due_at)}
        )
        for person, due_at in data.get("history", ())
    ]
    return _("The lead is not being taken"), [f"{counted}.", *history, mode]


def _hold(data: Data, reader: Reader) -> tuple[str, list[str]]:
    values = {"why": labels.hold(str(data["reason"])), "since": reader.when(data["since"])}
    return _("The lead waits, nobody has it"), [
        _("Since %(since)s: %(why)s.") % values,
        _("Whoever becomes free first is offered it. You can assign it by hand."),
    ]


def _returned(data: Data, reader: Reader) -> tuple[str, list[str]]:
    return _("The lead was returned"), [
        _("By: %(who)s.") % {"who": reader.who(data.get("by", data.get("holder")))},
        _("Reason: %(reason)s.") % {"reason": data["reason"]} if data.get("reason") else "",
        _where({"to": data.get("to")}, reader),
    ]


def _handover(data: Data, reader: Reader) -> tuple[str, list[str]]:
    due = _("The deadline is %(due)s.") % {"due": reader.when(data["due_at"])} if data.get("due_at") else ""
    return _("A colleague asks you to take over"), [
        _("By: %(who)s.") % {"who": reader.who(data.get("holder"))},
        _("“%(text)s”") % {"text": data["note"]} if data.get("note") else "",
        due,
        _("Accept or refuse on the page of your turns. Until then the lead stays with the colleague."),
    ]


def _handover_yes(data: Data, reader: Reader) -> tuple[str, list[str]]:
    return _("Your lead is taken over"), [_("By: %(who)s.") % {"who": reader.who(data["by"])}]


def _handover_no(data: Data, reader: Reader) -> tuple[str, list[str]]:
    return _("Your lead is not taken over"), [
        _("By: %(who)s.") % {"who": reader.who(data["by"])},
        _("The turn and its deadline stay with you."),
    ]


def _annulled(data: Data, reader: Reader) -> tuple[str, list[str]]:
    if data.get("taken_at"):
        why = _("The lead had been taken in time, at %(at)s.") % {"at": reader.when(data["taken_at"])}
    else:
        reason = data.get("why") or data.get("reason")
        why = _("Reason: %(reason)s.") % {"reason": reason} if reason else ""
    by = _("By: %(who)s.") % {"who": reader.who(data["by"])} if data.get("by") is not None else ""
    return _("The miss is annulled"), [why, by]


def _undelivered(data: Data, reader: Reader) -> tuple[str, list[str]]:
    return _("The offer did not reach the employee"), [
        _("Employee: %(who)s.") % {"who": reader.who(data.get("holder"))},
        _("No message gets through. A miss of this turn would be excused; you can assign the lead by hand."),
    ]


def _paused(data: Data, reader: Reader) -> tuple[str, list[str]]:
    person = data.get("person", data.get("holder"))
    if person is not None:
        return _("An employee is paused"), [
            _("Employee: %(who)s.") % {"who": reader.who(person)},
            _("Too many misses in a row. One press brings the person back."),
        ]
    if data.get("by") is not None:
        return _("You are paused"), [
            _("By: %(who)s.") % {"who": reader.who(data["by"])},
            _("Reason: %(reason)s.") % {"reason": data["reason"]} if data.get("reason") else "",
            _("Press “I am back” on the page of your turns when you are."),
        ]
    return _("You are paused"), [
        _("Too many misses in a row: no leads are offered to you."),
        _("Press “I am back” on the page of your turns when you are."),
    ]


def _closed(data: Data, reader: Reader) -> tuple[str, list[str]]:
    return _("The lead was closed without being taken"), [
        _("By: %(who)s.") % {"who": reader.who(data["by"])} if data.get("by") is not None else "",
        _("Check whether it really was no client."),
    ]


def _moved(data: Data, reader: Reader) -> tuple[str, list[str]]:
    due = reader.when(data["due_at"])
    return _("The deadline has moved, take it by %(due)s") % {"due": due}, [
        _("Take the lead by %(due)s; it was %(was)s: %(why)s.")
        % {"due": due, "was": reader.when(data["was"]), "why": labels.moved(str(data.get("reason", "")))}
    ]


def _pinned(data: Data, reader: Reader) -> tuple[str, list[str]]:
    by = _("By: %(who)s.") % {"who": reader.who(data["by"])} if data.get("by") is not None else ""
    due = _("Take the lead by %(due)s.") % {"due": reader.when(data["due_at"])} if data.get("due_at") else ""
    return _("The lead is assigned to you"), [by, due]


def _no_contact(data: Data, reader: Reader) -> tuple[str, list[str]]:
    due = reader.when(data["due_at"])
    return _("Get in touch with the client by %(due)s") % {"due": due}, [
        _("You took the lead, and there is no call, mail or comment yet."),
        _("Call or write by %(due)s, or write on the lead's page what was agreed. Else the drum turns again.")
        % {"due": due},
    ]


def _contact_moved(data: Data, reader: Reader) -> tuple[str, list[str]]:
    due = reader.when(data["due_at"])
    return _("Get in touch with the client by %(due)s") % {"due": due}, [
        _("Call or write by %(due)s; it was %(was)s: the calendar has changed.")
        % {"due": due, "was": reader.when(data["was"])}
    ]


def _false_take(data: Data, reader: Reader) -> tuple[str, list[str]]:
    holder = data.get("holder")
    return _("The take was a false one"), [
        _("Employee: %(who)s.") % {"who": reader.who(holder)} if holder is not None else "",
        _("Taken at %(at)s, and by %(due)s there was no call, mail or comment.")
        % {"at": reader.when(data["taken_at"]), "due": reader.when(data["due_at"])},
        _("It is in the journal of misses."),
        _where({"to": data.get("to")}, reader),
    ]


def _broken(data: Data, reader: Reader) -> tuple[str, list[str]]:
    way = standing.way(str(data.get("channel", "")))
    error = _("The answer was: %(error)s") % {"error": data["error"]} if data.get("error") else ""
    blocked = contacts.blocked(str(data.get("error", "")))
    if data.get("person") is not None:
        return _("An employee cannot be reached"), [
            _("%(who)s: %(channel)s does not deliver any more.") % {"who": reader.who(data["person"]), "channel": way},
            _("The employee has blocked the bot.") if blocked else error,
        ]
    if blocked:
        told = [_("You have blocked the bot. Unblock it in Telegram, then send a test.")]
        return _("You cannot be reached: %(channel)s") % {"channel": way}, told
    return _("You cannot be reached: %(channel)s") % {"channel": way}, [
        _("Messages do not get through. Check it on the page “How I am told” and send a test."),
        error,
    ]


def _test(data: Data, reader: Reader) -> tuple[str, list[str]]:
    del reader
    return _("Test message"), [
        _("It came: leads will reach you here. %(channel)s.")
        % {"channel": standing.way(str(data.get("channel", ""))).capitalize()}
    ]


def _monthly(data: Data, reader: Reader) -> tuple[str, list[str]]:
    del reader
    month = f"{data['month'][5:7]}.{data['month'][:4]}"
    return _("The month's report: %(month)s") % {"month": month}, [_("It went to you by e-mail, with figures as PDF.")]


TELL: Mapping[str, Callable[[Data, Reader], tuple[str, list[str]]]] = {
    "offer": _offer,
    "reminder": _reminder,
    "missed": _missed,
    "gone": _gone,
    "taken": _taken,
    "escalated": _escalated,
    "hold": _hold,
    "returned": _returned,
    "handover": _handover,
    "handover_yes": _handover_yes,
    "handover_no": _handover_no,
    "annulled": _annulled,
    "undelivered": _undelivered,
    "paused": _paused,
    "closed": _closed,
    "moved": _moved,
    "pinned": _pinned,
    "no_contact": _no_contact,
    "contact_moved": _contact_moved,
    "false_take": _false_take,
    "broken": _broken,
    "test": _test,
    "monthly": _monthly,
    **contacts.NOTICES,
    **ways_in.NOTICES,
}
