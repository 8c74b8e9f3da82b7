"""What the settings and sections of a company file are called in a comparison."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

LABELS: dict[str, Promise] = {
    "name": pgettext_lazy("setting", "name"),
    "zone": pgettext_lazy("setting", "time zone"),
    "language": pgettext_lazy("setting", "language"),
    "mask_after": pgettext_lazy("setting", "months until clients' data is masked"),
    "title": pgettext_lazy("setting", "title"),
    "meaning": pgettext_lazy("setting", "meaning"),
    "parent": pgettext_lazy("setting", "department above"),
    "head": pgettext_lazy("setting", "head"),
    "deputy": pgettext_lazy("setting", "deputy"),
    "email": pgettext_lazy("setting", "e-mail"),
    "role": pgettext_lazy("setting", "role"),
    "calendar": pgettext_lazy("setting", "hours"),
    "quiet": pgettext_lazy("setting", "quiet hours"),
    "departments": pgettext_lazy("setting", "departments"),
    "active": pgettext_lazy("setting", "works here"),
    "technical": pgettext_lazy("setting", "a robot's account"),
    "roster": pgettext_lazy("setting", "roster"),
    "entry": pgettext_lazy("setting", "entry stages"),
    "budget": pgettext_lazy("setting", "budget"),
    "budget_by_source": pgettext_lazy("setting", "budget by source"),
    "trial": pgettext_lazy("setting", "budgets on trial"),
    "strategy": pgettext_lazy("setting", "strategy"),
    "first_turn": pgettext_lazy("setting", "first turn"),
    "rotate": pgettext_lazy("setting", "hands over"),
    "warn_at": pgettext_lazy("setting", "reminders at"),
    "escalate_after": pgettext_lazy("setting", "misses until the head"),
    "escalation": pgettext_lazy("setting", "what the head does"),
    "verdict_delay": pgettext_lazy("setting", "verdict delay"),
    "open_offers_cap": pgettext_lazy("setting", "most open offers"),
    "min_rest": pgettext_lazy("setting", "least rest of a shift"),
    "make_up": pgettext_lazy("setting", "offers made up for after an absence"),
    "cooldown": pgettext_lazy("setting", "cooldown"),
    "sticky_budget": pgettext_lazy("setting", "budget of a known client's owner"),
    "hold_alert": pgettext_lazy("setting", "head told of a hold after"),
    "relapse": pgettext_lazy("setting", "first contact after the take"),
    "robots_take": pgettext_lazy("setting", "robots take"),
    "pause_after": pgettext_lazy("setting", "misses until a pause"),
    "promise": pgettext_lazy("setting", "the client is promised a time"),
    "take_signals": pgettext_lazy("setting", "counts as a take"),
    "call_seconds": pgettext_lazy("setting", "shortest call that counts"),
    "on_signal": pgettext_lazy("setting", "on such a signal"),
    "take_stage": pgettext_lazy("setting", "stage after taking"),
    "drum": pgettext_lazy("setting", "drum"),
    "every_day": pgettext_lazy("setting", "every day"),
    "weekdays": pgettext_lazy("setting", "weekdays"),
    "monday": pgettext_lazy("setting", "Monday"),
    "tuesday": pgettext_lazy("setting", "Tuesday"),
    "wednesday": pgettext_lazy("setting", "Wednesday"),
    "thursday": pgettext_lazy("setting", "Thursday"),
    "friday": pgettext_lazy("setting", "Friday"),
    "saturday": pgettext_lazy("setting", "Saturday"),
    "sunday": pgettext_lazy("setting", "Sunday"),
    "holidays": pgettext_lazy("setting", "public holidays"),
    "exceptions": pgettext_lazy("setting", "exceptions"),
    "shifts": pgettext_lazy("setting", "shift plan"),
}

PORTAL: dict[str, Promise] = {
    "watches": pgettext_lazy("portal", "the drums' stages"),
    "webhook_file": pgettext_lazy("portal", "the webhook"),
    "sweep": pgettext_lazy("portal", "seconds between two looks"),
    "watch_only": pgettext_lazy("portal", "only watching"),
    "technical": pgettext_lazy("portal", "accounts of robots"),
    "absences": pgettext_lazy("portal", "absences of the portal"),
}

_NAMED: dict[str, Promise | str] = {
    "stages": _("Stage “%(name)s”"),
    "calendars": _("Hours “%(name)s”"),
    "departments": _("Department “%(name)s”"),
    "people": "%(name)s",
    "drums": _("Drum “%(name)s”"),
}
_ADDED: dict[str, Promise] = {
    "stages": _("New stage “%(name)s”"),
    "calendars": _("New hours “%(name)s”"),
    "departments": _("New department “%(name)s”"),
    "people": _("New employee %(name)s"),
    "drums": _("New drum “%(name)s”"),
}
_REMOVED: dict[str, Promise] = {
    "stages": _("Stage “%(name)s” is removed from the board"),
    "departments": _("Department “%(name)s” is removed"),
    "people": _("%(name)s works here no more: open offers go to others at once, the history stays"),
    "drums": _("Drum “%(name)s” takes no new leads; those in it go on to their end"),
}
_COUNTED: dict[str, Promise] = {
    "stages": ngettext_lazy("%(count)d new stage", "%(count)d new stages", "count"),
    "departments": ngettext_lazy("%(count)d new department", "%(count)d new departments", "count"),
    "people": ngettext_lazy("%(count)d new employee", "%(count)d new employees", "count"),
    "drums": ngettext_lazy("%(count)d new drum", "%(count)d new drums", "count"),
    "absences": ngettext_lazy("%(count)d new absence", "%(count)d new absences", "count"),
}
_REORDERED: dict[str, Promise] = {
    "stages": _("Order of the stages: %(names)s"),
    "departments": _("Order of the departments: %(names)s"),
    "drums": _("Order of the drums: %(names)s"),
}


def label(key: str) -> str:
    return str(LABELS[key])


def named(section: str, name: str) -> str:
    return str(_NAMED[section] % {"name": name})


def added(section: str, name: str) -> str:
    return str(_ADDED[section] % {"name": name})


def removed(section: str, name: str) -> str:
    return str(_REMOVED[section] % {"name": name})


def count_added(section: str, count: int) -> str:
    return str(_COUNTED[section] % {"count": count})


def reordered(section: str, names: str) -> str:
    return str(_REORDERED[section] % {"names": names})
