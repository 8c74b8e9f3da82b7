"""What a replay says, in words (S-52)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum.adviser import numbers
from leaddrum.adviser.replaying import Line
from leaddrum.adviser.scene import CannotReplay, Change, Stage
from leaddrum.company import choices, saying
from leaddrum.core.replayed import Spread

TIMES = frozenset({"wait", "median", "p90", "worked"})


def label(name: str) -> str:
    return {
        "taken": _("Leads taken"),
        "missed": _("Missed turns"),
        "handovers": _("Hand-overs"),
        "declined": _("Declined"),
        "alerts": _("Calls of the head"),
        "with_head": _("Left with the head"),
        "first": _("Taken at the first offer"),
        "wait": _("Wait of the client, on average"),
        "median": _("Half of the clients wait at most"),
        "p90": _("9 of 10 wait at most"),
        "worked": _("Of the average wait, in service hours"),
    }[name]


def value(name: str, figure: float) -> str:
    if name in TIMES:
        return ("−" if figure < 0 else "") + numbers.minutes(abs(figure))
    if name == "first":
        return numbers.percent(figure / 100, 1)
    return numbers.number(figure, 0)


def between(name: str, found: Spread | None) -> str:
    """ "120 (95–150)"."""
    if found is None:
        return ""
    low, high = value(name, found.low), value(name, found.high)
    return f"{value(name, found.mean)} ({low} – {high})"


def parts(name: str, found: Spread | None) -> dict[str, str] | None:
    """The mean and its range apart, for a table."""
    if found is None:
        return None
    return {"mean": value(name, found.mean), "range": f"{value(name, found.low)} – {value(name, found.high)}"}


def changes(change: Change) -> str:
    """What is otherwise, in a few words."""
    parts = []
    if change.budget is not None:
        parts.append(_("budget %(budget)s") % {"budget": saying.duration(change.budget)})
    if change.escalate_after is not None:
        after = ngettext("the head after %(count)s miss", "the head after %(count)s misses", change.escalate_after)
        parts.append(after % {"count": change.escalate_after})
    if change.roster is not None:
        parts.append(_("roster: %(people)s") % {"people": ", ".join(person.name for person in change.roster)})
    if change.hours is not None:
        named = _("hours “%(calendar)s”") % {"calendar": change.hours.title}
        parts.append(named if change.hours.key else _("around the clock"))
    if change.strategy is not None:
        parts.append(_("strategy “%(strategy)s”") % {"strategy": choices.chosen("strategy", change.strategy)})
    return ", ".join(parts)


def conclusion(lines: Sequence[Line], change: Change) -> str:
    of = {line.name: line for line in lines}
    worked, missed = of["worked"], of["missed"]
    if worked.other is None or worked.difference is None or missed.other is None:
        good = [line for line in lines if line.reproduced]
        if len(good) == len(lines):
            return _("Replayed under today's settings, every figure of what really happened lies within its range.")
        wrong = ", ".join(label(line.name) for line in lines if not line.reproduced)
        return _("Replayed under today's settings, not everything comes out as it happened: %(wrong)s.") % {
            "wrong": wrong
        }
    values = {
        "change": changes(change),
        "wait": numbers.minutes(worked.other.mean),
        "was": numbers.minutes(worked.same.mean),
        "misses": numbers.number(missed.other.mean, 0),
        "were": numbers.number(missed.same.mean, 0),
    }
    if not worked.surely:
        said = _(
            "With %(change)s clients would have waited about as long: %(wait)s of service hours on average instead of "
            "%(was)s, which may be chance. Missed turns: %(misses)s instead of %(were)s."
        )
    elif worked.difference.mean < 0:
        said = _(
            "With %(change)s clients would have waited %(wait)s of service hours on average instead of %(was)s. Missed "
            "turns: %(misses)s instead of %(were)s."
        )
    else:
        said = _(
            "With %(change)s clients would have waited longer: %(wait)s of service hours on average instead of "
            "%(was)s. Missed turns: %(misses)s instead of %(were)s."
        )
    return said % values


def unknown(made: Stage, change: Change) -> list[str]:
    """What the replay does not know."""
    said = []
    if change.budget is not None and change.budget > made.longest:
        said.append(
            _("Beyond %(longest)s nobody was ever watched: there the replay lets nobody take anything.")
            % {"longest": saying.duration(made.longest)}
        )
    if made.edited:
        said.append(
            _("The drum's settings were changed in these days: what really happened did not all run under today's.")
        )
    if made.strangers:
        said.append(
            ngettext(
                "%(count)s person of the new roster had too few offers here and is taken for an average one.",
                "%(count)s people of the new roster had too few offers here and are taken for average ones.",
                made.strangers,
            )
            % {"count": made.strangers}
        )
    if made.same.policy.pause_after and not made.same.returns:
        said.append(
            _(
                "Nobody has come back here from a pause after misses: such pauses are not played, "
                "for how long is not known."
            )
        )
    said.append(
        _(
            "Pauses are played when they were, those after misses as the replay's misses bring them. "
            "Declines and colleagues who help out are played as often and as soon as they came. "
            "Leads that nobody took are on neither side."
        )
    )
    return said


def refusal(error: CannotReplay) -> str:
    return {
        "empty": _("No lead of this drum was taken in these days: there is nothing to replay."),
        "too_old": _("These days lie too far back: working hours are known for 400 days."),
        "too_many": _("That is more than 20,000 leads: name a shorter period."),
        "nobody": _("Nobody of the roster had an offer in these days: how people react is not known."),
    }[error.code]
