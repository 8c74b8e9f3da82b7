"""Values of a company file in words, for the sentences of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from leaddrum import words
from leaddrum.core import routing
from leaddrum.core.policy import Roster

DURATIONS = frozenset(
    {"budget", "verdict_delay", "min_rest", "cooldown", "sticky_budget", "hold_alert", "relapse", "call_seconds"}
)


def duration(seconds: int) -> str:
    """ "1 h 30 min", "20 s"."""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [
        said % {"count": count}
        for count, said in ((hours, _("%(count)d h")), (minutes, _("%(count)d min")), (seconds, _("%(count)d s")))
        if count
    ]
    return " ".join(parts) or _("%(count)d s") % {"count": 0}


def empty(what: Any) -> bool:
    """Whether there is nothing to say; no and 0 are something."""
    return what is None or what in ("", (), [], {})


def value(key: str, what: Any) -> str:
    """One setting's value; without a key that of anything JSON or TOML can hold, as a lead's field is."""
    if isinstance(what, bool):
        return _("yes") if what else _("no")
    if empty(what):
        return "–"
    if isinstance(what, str):
        return what
    if key in DURATIONS:
        return duration(what)
    if key == "trial":
        return ", ".join(duration(seconds) for seconds in what)
    if key == "warn_at":
        return ", ".join(map(words.percent, what))
    if key == "budget_by_source":
        return ", ".join(f"{words.source(code)} {duration(seconds)}" for code, seconds in sorted(what.items()))
    if isinstance(what, Roster):
        return roster(what)
    if isinstance(what, Mapping):
        return ", ".join(f"{name} {value('', inner)}" for name, inner in what.items())
    if isinstance(what, list | tuple):
        return ", ".join(value("", inner) for inner in what)
    return routing.plain(what) if isinstance(what, float) else str(what)


def roster(who: Roster) -> str:
    """Who is in a drum."""
    if who.people:
        said = ", ".join(who.people)
    elif who.department and who.subdepartments:
        said = _("department “%(department)s” with those below it") % {"department": who.department}
    elif who.department:
        said = _("department “%(department)s”") % {"department": who.department}
    else:
        said = _("the department of the responsible person")
    return f"{said} ({value('', who.weights)})" if who.weights else said


def condition(when: Mapping[str, Any]) -> str:
    """A routing rule's conditions: "source: call, chat; field amount: at least 100"."""
    return "; ".join(words.condition(name, wanted) for name, wanted in when.items())
