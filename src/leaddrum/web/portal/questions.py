"""What is asked when a portal is connected, and how the answers are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from leaddrum.company import values as reading
from leaddrum.crm.bitrix24 import connecting
from leaddrum.crm.bitrix24.probing import Found
from leaddrum.crm.bitrix24.proposing import CALENDAR, Choice
from leaddrum.models import Calendar, Company
from leaddrum.web.setup.fields import Field, Text
from leaddrum.web.setup.values import Values, duration, one, some

WHO = (
    ("department", lazy("A department"), lazy("who works in it, as the portal has it")),
    ("people", lazy("These people"), lazy("chosen below")),
    ("owners", lazy("The responsible person's department"), lazy("of each lead")),
)
FIELDS = (
    Field("stage", lazy("In which stage leads wait to be taken"), "select", lazy("Leaving it for work is the take.")),
    Field("who", lazy("Who is in the drum"), "radio", "", WHO),
    Field("department", lazy("Department"), "select"),
    Field("people", lazy("People"), "checks"),
    Field(
        "budget", lazy("Budget for one person"), "time", lazy("The working time a person has to take a lead: 30 min.")
    ),
    Field("misses", lazy("Misses until the head is pulled in"), "number", lazy("4 is usual.")),
    Field("hours", lazy("Working time"), "select"),
    Field(
        "watch",
        lazy("Only watch for now"),
        "flag",
        lazy("You see here what the drum would do; nothing is written into the portal. Connect again to let it turn."),
    ),
)
NAMES = tuple(field.name for field in FIELDS)
Choices = Mapping[str, Sequence[tuple[str, Text, Text]]]


def standard(found: Found) -> Values:
    """What is proposed: the first stage, the largest department, half an hour, watching first."""
    entity, pipeline = connecting.default_choice(found)
    largest = max(found.org["departments"], key=lambda row: _members(found, row["id"]), default=None)
    return {
        "stage": [f"{entity}/{pipeline}/{found.first_stage(entity, pipeline)}"],
        "who": ["department" if largest else "owners"],
        "department": [str(largest["id"])] if largest else [],
        "budget": [_("30 min")],
        "misses": ["4"],
        "hours": [CALENDAR if found.hours else "always"],
        "watch": ["1"],
    }


def _members(found: Found, department: int) -> int:
    return sum(department in user["departments"] for user in found.org["users"])


def choices(found: Found, company: Company | None) -> Choices:
    """What can be chosen in this portal."""
    stages = [
        (f"{one_.entity}/{one_.number}/{row['id']}", f"{one_.name}: {row['name']}", "")
        for one_ in found.pipelines
        for row in found.stages(one_.entity, one_.number)
        if row["semantics"] == "P"
    ]
    departments = [
        (str(row["id"]), f"{row['name']} ({_members(found, row['id'])})", "") for row in found.org["departments"]
    ]
    people = [(str(user["id"]), user["name"], "") for user in found.org["users"]]
    hours: list[tuple[str, Text, Text]] = [(CALENDAR, _("As in the portal's calendar"), "")] if found.hours else []
    hours.append(("always", _("Around the clock"), ""))
    kept = Calendar.objects.filter(company=company).values_list("key", flat=True) if company else ()
    hours += [(key, f"“{key}”", "") for key in kept if key not in (CALENDAR, "always")]
    return {"stage": stages, "department": departments, "people": people, "hours": hours}


def choice(found: Found, values: Values) -> tuple[Choice | None, dict[str, str]]:
    """The answers as a choice; or what is wrong, by field."""
    wrong: dict[str, str] = {}
    entity, pipeline, entry = _stage(one(values, "stage"), wrong)
    users, department = _who(values, wrong)
    made = Choice(
        entity=entity,
        pipeline=pipeline,
        entry=entry,
        users=users,
        department=department,
        owners=one(values, "who") == "owners",
        budget=_budget(one(values, "budget"), wrong),
        escalate_after=_misses(one(values, "misses"), wrong),
        calendar=one(values, "hours"),
        watch_only=one(values, "watch") == "1",
    )
    if made.calendar == CALENDAR and not found.hours:
        wrong["hours"] = _("The portal tells no working time (scope “calendar”).")
    return (None if wrong else made), wrong


def _stage(text: str, wrong: dict[str, str]) -> tuple[int, int, str]:
    entity, _slash, rest = text.partition("/")
    pipeline, _slash, entry = rest.partition("/")
    if not (entity.isdecimal() and pipeline.isdecimal() and entry and len(text) < 200):
        wrong["stage"] = _("Choose a stage.")
        return 0, 0, ""
    return int(entity), int(pipeline), entry


def _who(values: Values, wrong: dict[str, str]) -> tuple[tuple[int, ...], int]:
    who = one(values, "who")
    if who == "people":
        users = tuple(int(text) for text in some(values, "people") if text.isdecimal() and len(text) < 12)
        if not users:
            wrong["people"] = _("Choose at least one.")
        return users, 0
    if who == "department":
        text = one(values, "department")
        if not text.isdecimal() or len(text) > 11:
            wrong["department"] = _("Choose a department.")
            return (), 0
        return (), int(text)
    if who != "owners":
        wrong["who"] = _("Choose who is in the drum.")
    return (), 0


def _budget(text: str, wrong: dict[str, str]) -> int:
    try:
        seconds = reading.duration(duration(text))
    except ValueError as error:
        wrong["budget"] = str(error)
        return 0
    if seconds < 1:
        wrong["budget"] = _("It must be more than nothing.")
    return seconds


def _misses(text: str, wrong: dict[str, str]) -> int:
    number = int(text) if text.isdecimal() and len(text) < 5 else 0
    if not 1 <= number <= 1000:
        wrong["misses"] = _("A number from 1 to 1000.")
    return number
