"""What is doubtful in a company file's hours: calendars that never open, service hours without anybody (S-14, S-26)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from leaddrum.company import saying
from leaddrum.company.hours import Rota, rosters
from leaddrum.company.problems import Level, Problems
from leaddrum.company.shape import Drum, Person
from leaddrum.core.hours import require_opening
from leaddrum.core.lint import longest_shift, unattended
from leaddrum.core.worktime import Calendar, NeverOpens, Span

WEEKS_AHEAD = timedelta(weeks=4)


def check_calendars(rota: Rota, problems: Problems) -> None:
    """An error for every calendar that does not open within two years (S-14)."""
    for key in rota.file.calendars:
        try:
            require_opening(rota.spec(key), rota.now)
        except NeverOpens:
            problems.add(("calendars", key), _("never opens in the next two years"))


def check_drum_hours(rota: Rota, drum: Drum, at: int, problems: Problems) -> None:
    """Warnings about one drum's service hours and roster."""
    if not drum.policy.rotate:
        return
    for people in rosters(rota.file, drum):
        if people:
            _attended(rota, drum, people, at, problems)
    _budget(rota, drum, at, problems)


def _attended(rota: Rota, drum: Drum, people: list[Person], at: int, problems: Problems) -> None:
    """Whether somebody is there in all service hours of the coming weeks."""
    gaps = _gaps(rota, drum, people, absences=True)
    if not gaps:
        return
    by_hours = _gaps(rota, drum, people, absences=False)
    if by_hours:
        gaps = by_hours
        what = _("in service hours nobody is on duty (%(example)s)")
    else:
        what = _("everybody is absent (%(example)s)")
    example = span(gaps[0], rota.file.zone)
    if len(gaps) > 1:
        more = len(gaps) - 1
        example += " " + ngettext(
            "and %(count)d more time in four weeks", "and %(count)d more times in four weeks", more
        ) % {"count": more}
    problems.add(("drums", at, "calendar"), what % {"example": example}, Level.WARNING)


def _gaps(rota: Rota, drum: Drum, people: list[Person], *, absences: bool) -> list[Span]:
    start, end = rota.now, rota.now + WEEKS_AHEAD
    service = rota.service(drum) & Calendar([(start, end)], rota.window)
    people_there = [crew.present if absences else crew.hours for crew in rota.crews(drum, people)]
    if any(hours == rota.service(drum) for hours in people_there):
        return []  # somebody is always there: the usual case, and quickly told
    return list(unattended(service, people_there))


def _budget(rota: Rota, drum: Drum, at: int, problems: Problems) -> None:
    """A budget that no shift holds runs over night, every time."""
    shift = longest_shift(rota.service(drum), rota.now)
    for path, budget in (
        (("budget",), drum.policy.budget),
        *((("budget_by_source", source), seconds) for source, seconds in drum.policy.budget_by_source.items()),
    ):
        if budget > shift > 0:
            what = _("%(budget)s is longer than the longest shift (%(shift)s), so no turn ends on the day it begins")
            said = what % {"budget": saying.duration(budget), "shift": saying.duration(int(shift))}
            problems.add(("drums", at, *path), said, Level.WARNING)


def span(gap: Span, zone: str) -> str:
    """ "Tuesday 01.12 18:00–20:00" on the company's clock."""
    start, end = (instant.astimezone(ZoneInfo(zone)) for instant in gap[:2])
    until = f"{end:%H:%M}" if end.date() == start.date() else moment(end)
    return f"{moment(start)}–{until}"


def moment(local: datetime) -> str:
    """ "Tuesday 01.12 18:00", which no line tears."""
    weekday = (
        pgettext("before a date", "Monday"),
        pgettext("before a date", "Tuesday"),
        pgettext("before a date", "Wednesday"),
        pgettext("before a date", "Thursday"),
        pgettext("before a date", "Friday"),
        pgettext("before a date", "Saturday"),
        pgettext("before a date", "Sunday"),
    )
    return f"{weekday[local.weekday()]} {local:%d.%m %H:%M}".replace(" ", "\N{NO-BREAK SPACE}")
