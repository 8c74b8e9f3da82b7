"""Why something was not done, as its own sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from leaddrum.words.times import instant


class _Refused(Protocol):
    code: str
    values: dict[str, Any]


class _Stale(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def holder(self) -> int | None: ...
    @property
    def until(self) -> datetime | None: ...


REFUSALS = {
    "no_company": lazy("There is no such company."),
    "no_lead": lazy("There is no such lead."),
    "no_turn": lazy("There is no such turn."),
    "no_stage": lazy("There is no such stage."),
    "no_person": lazy("There is no such person."),
    "no_drum": lazy("There is no such drum."),
    "no_incident": lazy("There is no such miss in the journal."),
    "no_absence": lazy("There is no such absence."),
    "not_yours": lazy("This turn is somebody else's."),
    "turn_over": lazy("This turn is over."),
    "cycle_over": lazy("The lead is no longer waiting to be taken."),
    "inactive": lazy("This person no longer works here."),
    "keeps_owner": lazy("This drum does not pass leads on: it cannot be declined."),
    "nobody_else": lazy("Nobody else can be offered the lead now. Assign it by name, or bring somebody back."),
    "same_lead": lazy("That is the same lead."),
    "not_on_duty": lazy("This colleague is not there now: paused, absent or off shift."),
    "no_handover": lazy("There is no such request to take a lead over."),
    "handover_over": lazy("Too late: this request has been answered, taken back, or the turn is over."),
    "already_annulled": lazy("This miss is annulled already."),
    "not_frozen": lazy("The drum does not wait for the head's decision on this lead."),
    "empty": lazy("Say it in a few words: the text is empty."),
    "bad_times": lazy("The end must be later than the beginning."),
    "deleted": lazy("The lead was deleted."),
    "linked_already": lazy("This account is linked to somebody else in the company."),
    "no_way": lazy("This channel does not reach this person yet: link it first."),
    "no_way_back": lazy("There is no way back to this client: call him, or write to him yourself."),
    "too_long": lazy("That is too long: at most 4,000 characters go out at once."),
    "too_large": lazy("That is too much: at most 5 files, 10 MB together, go out at once."),
    "still_open": lazy("The lead is still being worked on: its data is needed."),
    "not_sealed": lazy("The journal has just moved on: try again in a moment."),
    "in_crm": lazy("This company's leads live in its CRM: do it there."),
}


def refusal(error: _Refused) -> str:
    """The sentence for `engine.Refused`."""
    return str(REFUSALS.get(error.code, _("This cannot be done: %(code)s.") % {"code": error.code}))


def stale(answer: _Stale, names: Mapping[int, str], zone: tzinfo, near: datetime | None = None) -> str:
    """The answer to an old button (S-34, S-35): who has the lead now, and until when."""
    who = "" if answer.holder is None else names.get(answer.holder, "?")
    until = "" if answer.until is None else instant(answer.until, zone, near)
    if answer.code == "passed_on" and who and until:
        return _("Too late: the lead is with %(who)s until %(until)s.") % {"who": who, "until": until}
    if answer.code == "passed_on" and until:
        return _("Too late: the lead is offered to everybody until %(until)s.") % {"until": until}
    if answer.code == "with_head" and who:
        return _("Too late: the lead is with the head, %(who)s.") % {"who": who}
    if answer.code == "taken" and who:
        return _("The lead is taken already: %(who)s.") % {"who": who}
    return str(_STALE.get(answer.code, _STALE["turn_over"]))


_STALE = {
    "turn_over": lazy("This turn is over."),
    "passed_on": lazy("Too late: the lead has gone on to somebody else."),
    "held": lazy("Too late: the lead waits for somebody free and will be offered again."),
    "with_head": lazy("Too late: the lead is with the head."),
    "taken": lazy("The lead is taken already."),
    "closed": lazy("The lead is closed."),
    "withdrawn": lazy("The lead was deleted."),
    "not_yours": lazy("This button is somebody else's."),
    "no_turn": lazy("There is no such turn."),
}
