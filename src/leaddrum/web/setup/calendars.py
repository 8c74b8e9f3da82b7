"""A calendar's page: the week by drawing or by fields, shift plans, holidays, exceptions, and the year they make."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from leaddrum import holidays_data
from leaddrum.company.settings import Settings, named
from leaddrum.company.shape import CompanyFile
from leaddrum.company.toml import Tree
from leaddrum.core.hours import Hours
from leaddrum.core.hours_spec import DAYS
from leaddrum.web.setup import fields, hours_values, ids, year
from leaddrum.web.setup.fields import Field
from leaddrum.web.setup.page import Page, Work, edit, wrong
from leaddrum.web.setup.values import Values, one
from leaddrum.web.viewer import Signed, heads_only

KINDS = (
    ("week", lazy("By the week"), lazy("the same every Monday, every Tuesday…")),
    ("shifts", lazy("By shifts"), lazy("two on, two off, or any other order that repeats")),
)
WEEKDAYS = (
    *(lazy("Monday"), lazy("Tuesday"), lazy("Wednesday"), lazy("Thursday"), lazy("Friday")),
    *(lazy("Saturday"), lazy("Sunday")),
)
SHORT = (
    *(pgettext_lazy("weekday", "Mo"), pgettext_lazy("weekday", "Tu"), pgettext_lazy("weekday", "We")),
    *(pgettext_lazy("weekday", "Th"), pgettext_lazy("weekday", "Fr")),
    *(pgettext_lazy("weekday", "Sa"), pgettext_lazy("weekday", "Su")),
)
COUNTRIES = (
    ("", lazy("none"), ""),
    ("RU", lazy("Russia"), ""),
    ("BY", lazy("Belarus"), ""),
    ("KZ", lazy("Kazakhstan"), ""),
)
FIELDS = (
    Field("name", lazy("Name of these hours"), "text", lazy("As people know them: “Office”, “Night shift”.")),
    Field("kind", lazy("How they repeat"), "radio", "", KINDS),
    Field("anchor", lazy("First day of the plan"), "date", lazy("The day on which its first line holds.")),
    Field(
        "pattern",
        lazy("Days of the plan"),
        "area",
        lazy("One line per day: its hours, or “day off”."),
        example=lazy("09:00-21:00\n09:00-21:00\nday off\nday off"),  # two on, two off
    ),
    Field("holidays", lazy("Public holidays"), "select", lazy("Days off, transferred and short days of the country.")),
    Field(
        "zone",
        lazy("Time zone of its own"),
        "text",
        lazy("Empty: the person's, else the company's. Otherwise like Asia/Yekaterinburg."),
    ),
)
EMPTY_ROWS = 1


class CalendarPage(Page):
    template = "leaddrum/setup/calendar.html"
    live = "leaddrum/setup/_calendar_live.html"

    def __init__(self, key: str, shown: int, person: str = "") -> None:
        self.key, self.year, self.person = key, shown, person

    def values(self, settings: Settings) -> Values:
        if not self.key:
            return {"kind": ["week"], "name": [self._whose(settings.file)]}
        spec = settings.file.calendars.get(self.key)
        if spec is None:
            raise Http404
        return hours_values.of(spec, settings.file.zone) | {"name": [settings.file.hours(self.key)]}

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        calendars = tree.setdefault("calendars", {})
        if self.key:
            hours_values.write(calendars[self.key], values, before)
            return
        key = ids.fresh(one(values, "name"), calendars)
        calendars[key] = {}
        hours_values.write(calendars[key], values, {})
        person = named(tree, "people", self.person)
        if person is not None:
            person["calendar"] = key
        self.made = key

    def may(self, work: Work) -> bool:
        return not self.key or work.scope.has_calendar(work.now.file, self.key)

    def path(self, key: str) -> str:
        start = f"calendars.{self.key or getattr(self, 'made', '')}"
        if not key.startswith(start):
            return ""
        name = key[len(start) :].lstrip(".").replace("[", ".").partition(".")[0]
        if name in {"weekdays", "every_day", ""}:
            return "day-0"
        if name in DAYS:
            return f"day-{DAYS.index(name)}"
        if name == "shifts":
            return "anchor" if key.endswith(".anchor") else "pattern"
        return {"exceptions": "date"}.get(name, name)

    def say(self, name: str, what: str, work: Work) -> str:
        if name == "anchor":
            return _("choose the day on which the plan's first line holds.")
        if name == "pattern" and not one(work.values, "pattern").strip():
            return _("write a line for each day: 09:00-21:00, or “day off”.")
        return what

    def after(self) -> str:
        return resolve_url("setup-calendar", self.key or self.made)

    def context(self, work: Work) -> dict[str, Any]:
        file, values = work.file, work.values
        key = self.key or (self.made if work.look and work.look.file else "")
        rules = _rules(file, key)
        mistakes = wrong(work, self)
        countries: list[tuple[str, fields.Text, fields.Text]] = [*COUNTRIES]
        if (known := one(values, "holidays")) not in {code for code, _label, _what in COUNTRIES}:
            countries.append((known, known, ""))
        days = [
            {
                "name": f"day-{day}",
                "label": label,
                "value": one(values, f"day-{day}"),
                "wrong": mistakes.get(f"day-{day}"),
            }
            for day, label in enumerate(WEEKDAYS)
        ]
        return {
            "key": self.key,
            "title": work.now.file.hours(self.key),
            "person": self._whose(file),
            "f": fields.shown(FIELDS, values, mistakes, {"holidays": countries}),
            "days": days,
            "exceptions": _rows(values),
            "date_wrong": mistakes.get("date", ""),
            "months": year.months(rules, self.year) if rules else (),
            "year": self.year,
            "weekdays": list(zip(SHORT, WEEKDAYS, strict=True)),
            "drums": [drum for drum in file.drums if drum.policy.calendar == self.key and self.key],
            "people": [person for person in file.people if person.calendar == self.key and self.key],
        }

    def _whose(self, file: CompanyFile) -> str:
        return next((one.name for one in file.people if one.key == self.person), "")


def _rules(file: CompanyFile, key: str) -> Hours | None:
    spec = file.calendars.get(key)
    return Hours.from_spec(spec, file.zone, holidays_data.rules(spec, file.language)) if spec else None


def _rows(values: Values) -> list[tuple[str, str, str]]:
    rows = list(zip(values.get("date", ()), values.get("hours", ()), values.get("reason", ()), strict=False))
    return [row for row in rows if any(row)] + [("", "", "")] * EMPTY_ROWS


def _year(request: Signed) -> int:
    this = timezone.localdate(request.viewer.now).year
    asked = request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and 2000 <= int(asked[:4]) <= 2099 and len(asked) == 4 else this


@require_http_methods(["GET", "HEAD", "POST"])
@heads_only
def calendar(request: Signed, key: str) -> HttpResponse:
    """Hours: changed by administrators, and by a head whose people alone keep them."""
    return edit(request, CalendarPage(key, _year(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@heads_only
def new(request: Signed) -> HttpResponse:
    """New hours; with `?person=` for that person at once."""
    return edit(request, CalendarPage("", _year(request), request.GET.get("person", "")[:64]))
