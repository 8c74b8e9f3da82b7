"""People: who works here, as what, in which departments and hours, and when he is away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leaddrum import engine
from leaddrum.company.choices import CHOICES, LANGUAGES, NOTHING
from leaddrum.company.settings import Settings, named, rows
from leaddrum.company.shape import CompanyFile, Person
from leaddrum.company.toml import Tree
from leaddrum.models import Absence
from leaddrum.web.setup import fields, ids, pasted, person_values
from leaddrum.web.setup.fields import Field
from leaddrum.web.setup.page import Page, Work, edit, in_force, scope_of, wrong
from leaddrum.web.setup.values import Values, one, some
from leaddrum.web.viewer import Signed, admins_only, heads_only

SHOWN = 100
ROLES = (
    ("employee", CHOICES["role"]["employee"], _("gets leads, sees their own")),
    ("head", CHOICES["role"]["head"], _("sees their departments, answers for them")),
    ("admin", CHOICES["role"]["admin"], _("sees and changes everything")),
)
FIELDS = (
    Field("name", _("Name and surname"), "text", _("As colleagues know it, for example Anna Kim.")),
    Field(
        "email",
        _("E-mail"),
        "email",
        _("Offers and the link to sign in go here, for example anna@example.com."),
        longest=254,
    ),
    Field("role", _("Role"), "radio", "", ROLES),
    Field("departments", _("Departments"), "checks"),
    Field("calendar", _("Own hours"), "select", _("For part time and shifts. The employee's time runs only in them.")),
    Field(
        "quiet",
        _("Quiet hours"),
        "text",
        _(
            "When nothing is sent, in the employee's own time: 22-8. An offer still comes if the end of the quiet"
            " hours would be too late for it."
        ),
    ),
    Field("zone", _("Own time zone"), "text", _("Empty: the company's. Otherwise like Asia/Yekaterinburg.")),
    Field(
        "language",
        _("Language"),
        "select",
        "",
        (("", NOTHING["people", "language"], ""), *((code, name, "") for code, name in LANGUAGES.items())),
    ),
    Field(
        "active",
        _("Works here"),
        "flag",
        _("Off: open offers pass on at once, and nobody signs in with this account. The history stays."),
    ),
    Field(
        "technical", _("A robot's account"), "flag", _("It is offered nothing, and its moves do not count as a take.")
    ),
)
PASTED = Field(
    "lines", _("People, one per line"), "area", _("Name, e-mail, department: copied from a table, or with ; between.")
)


class PersonPage(Page):
    template = "leaddrum/setup/person.html"

    def __init__(self, key: str) -> None:
        self.key = key

    def values(self, settings: Settings) -> Values:
        if not self.key:
            return {"role": ["employee"], "active": ["1"]}
        return person_values.of(self._person(settings.file), settings.tree)

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        table = named(tree, "people", self.key) if self.key else None
        if table is None and not self.key:
            self.made = ids.fresh(one(values, "name"), {str(row.get("id")) for row in rows(tree, "people")})
            table = {"id": self.made, "name": one(values, "name")}
            rows(tree, "people").append(table)
            before = self.values_of_nobody()
        if table is not None:
            person_values.write(tree, table, values, before)

    def values_of_nobody(self) -> Values:
        return {"role": ["employee"], "active": ["1"]}

    def may(self, work: Work) -> bool:
        return work.scope.admin or self.key in work.scope.people

    def path(self, key: str) -> str:
        if key.startswith("absences"):
            return "from"
        start = f"people[{self.key or getattr(self, 'made', '')}]"
        return key[len(start) :].lstrip(".").replace("[", ".").partition(".")[0] if key.startswith(start) else ""

    def after(self) -> str:
        return resolve_url("setup-person", self.key or self.made)

    def context(self, work: Work) -> dict[str, Any]:
        file, mistakes = work.file, wrong(work, self)
        offered: dict[str, list[tuple[str, fields.Text, fields.Text]]] = {
            "departments": [(unit.key, unit.name, "") for unit in file.departments],
            "calendar": [
                ("", NOTHING["people", "calendar"], ""),
                *((key, file.hours(key), "") for key in file.calendars),
            ],
        }
        away = list(zip(*(work.values.get(name, ()) for name in ("from", "to", "reason")), strict=False))
        return {
            "key": self.key,
            "person": self._person(work.now.file) if self.key else None,
            "f": fields.shown(FIELDS, work.values, mistakes, offered),
            "absences": [row for row in away if any(row)] + [("", "", "")],
            "from_wrong": mistakes.get("from", ""),
            "by_hand": list(
                Absence.objects.filter(
                    person__company=work.viewer.company,
                    person__key=self.key,
                    from_file=False,
                    ends_at__gt=work.viewer.now,
                )
            ),
            "admin": work.scope.admin,
            "drums": [one for one in file.drums if self.key in one.policy.roster.people],
        }

    def _person(self, file: CompanyFile) -> Person:
        found = next((person for person in file.people if person.key == self.key), None)
        if found is None:
            raise Http404
        return found


class PastePage(Page):
    """Many people at once, as they stand in a table."""

    template = "leaddrum/setup/paste.html"

    def values(self, settings: Settings) -> Values:
        del settings
        return {"lines": []}

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        del before
        pasted.add(tree, pasted.read("\n".join(some(values, "lines"))))

    def after(self) -> str:
        return resolve_url("setup-people")

    def context(self, work: Work) -> dict[str, Any]:
        return {"f": fields.shown((PASTED,), work.values, pasted.too_many(work.values))}


@require_safe
@heads_only
def people(request: Signed) -> HttpResponse:
    """Everybody, or those a head answers for; a name or address and a department narrow the list."""
    scope = scope_of(request.viewer)
    file = in_force(request.viewer.company).file
    wanted = request.GET.get("q", "").strip()[:100]
    units = {unit.key: unit.name for unit in file.departments}
    department = request.GET.get("department", "")
    department = department if department in units else ""
    found = [
        person
        for person in file.people
        if (scope.admin or person.key in scope.people)
        and wanted.casefold() in f"{person.name} {person.email} {person.key}".casefold()
        and (not department or department in person.departments)
    ]
    now = request.viewer.now
    away = {absence.person for absence in file.absences if absence.starts_at <= now < absence.ends_at}
    by_hand = Absence.objects.filter(person__company=request.viewer.company, starts_at__lte=now, ends_at__gt=now)
    away |= set(by_hand.values_list("person__key", flat=True))
    shown = [
        {
            "person": one,
            "units": ", ".join(units.get(key, key) for key in one.departments),
            "hours": file.hours(one.calendar),
            "away": one.key in away,
        }
        for one in _sorted(found)[:SHOWN]
    ]
    context = {
        "people": shown,
        "q": wanted,
        "department": department,
        "units": [pair for pair in units.items() if scope.admin or pair[0] in scope.departments],
        "more": max(0, len(found) - SHOWN),
    }
    return render(request, "leaddrum/setup/people.html", context)


def _sorted(found: Iterable[Person]) -> list[Person]:
    """Those who work here first, by name."""
    return sorted(found, key=lambda person: (not person.active, person.name.casefold()))


@require_http_methods(["GET", "HEAD", "POST"])
@heads_only
def person(request: Signed, key: str) -> HttpResponse:
    """One person; a head changes the hours and absences of his people."""
    scope = scope_of(request.viewer)
    if not scope.admin and key not in scope.people:
        raise Http404
    return edit(request, PersonPage(key))


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def new(request: Signed) -> HttpResponse:
    """Somebody who begins to work here."""
    return edit(request, PersonPage(""))


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def paste(request: Signed) -> HttpResponse:
    """Many at once."""
    return edit(request, PastePage())


@require_POST
@heads_only
def end_absence(request: Signed, pk: int) -> HttpResponse:
    """An absence that was entered on the pages or by the API is over."""
    absence = get_object_or_404(Absence, pk=pk, person__company=request.viewer.company, from_file=False)
    if not request.viewer.answers_for(absence.person_id):
        raise Http404
    engine.end_absence(pk, now=request.viewer.now)
    return redirect("setup-person", absence.person.key)
