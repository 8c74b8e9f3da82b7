"""What the settings and sections of a company file are called in a comparison."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

LABELS: dict[str, Promise] = {
    "name": _("name"),
    "zone": _("time zone"),
    "language": _("language"),
    "title": _("title"),
    "meaning": _("meaning"),
    "parent": _("department above"),
    "head": _("head"),
    "deputy": _("deputy"),
    "email": _("e-mail"),
    "role": _("role"),
    "calendar": _("calendar"),
    "quiet": _("quiet hours"),
    "departments": _("departments"),
    "active": _("works here"),
    "technical": _("technical user"),
    "roster": _("roster"),
    "entry": _("entry stages"),
    "budget": _("budget"),
    "budget_by_source": _("budget by source"),
    "strategy": _("strategy"),
    "first_turn": _("first turn"),
    "rotate": _("hands over"),
    "warn_at": _("reminders at"),
    "escalate_after": _("misses until the head"),
    "escalation": _("escalation"),
    "verdict_delay": _("verdict delay"),
    "open_offers_cap": _("most open offers"),
    "min_rest": _("least rest of a shift"),
    "cooldown": _("cooldown"),
    "sticky_budget": _("budget of a known client's owner"),
    "hold_alert": _("head told of a hold after"),
    "robots_take": _("robots take"),
    "pause_after": _("misses until a pause"),
    "take_stage": _("stage after taking"),
    "drum": _("drum"),
    "every_day": _("every day"),
    "weekdays": _("weekdays"),
    "monday": _("Monday"),
    "tuesday": _("Tuesday"),
    "wednesday": _("Wednesday"),
    "thursday": _("Thursday"),
    "friday": _("Friday"),
    "saturday": _("Saturday"),
    "sunday": _("Sunday"),
    "holidays": _("public holidays"),
    "exceptions": _("exceptions"),
    "shifts": _("shift plan"),
}

_NAMED: dict[str, Promise] = {
    "stages": _("Stage “%(name)s”"),
    "calendars": _("Calendar “%(name)s”"),
    "departments": _("Department “%(name)s”"),
    "people": _("%(name)s"),
    "drums": _("Drum “%(name)s”"),
}
_ADDED: dict[str, Promise] = {
    "stages": _("New stage “%(name)s”"),
    "calendars": _("New calendar “%(name)s”"),
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
}
_REORDERED: dict[str, Promise] = {
    "stages": _("Order of the stages: %(keys)s"),
    "departments": _("Order of the departments: %(keys)s"),
    "drums": _("Order of the drums: %(keys)s"),
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


def reordered(section: str, keys: str) -> str:
    return str(_REORDERED[section] % {"keys": keys})
