"""Step one: the company comes into being, with its hours and its first administrator.

Only whoever holds the link that the server printed may do it (`access.founding_link`), and only while there is no
company.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from leaddrum import access, clock
from leaddrum import company as companies
from leaddrum.company.toml import Tree, dumps
from leaddrum.engine import lock
from leaddrum.models import Account, Company, Person
from leaddrum.web.setup import calendars, fields, hours_values, ids
from leaddrum.web.setup.fields import Field
from leaddrum.web.setup.values import Values, one, posted
from leaddrum.web.viewer import of

STEPS = (lazy("Company and hours"), lazy("People"), lazy("Drum"), lazy("Where leads come from"), lazy("A test lead"))
FIELDS = (
    Field("company", lazy("What the company is called"), "text", lazy("Clients see it on the form: Bright Windows.")),
    Field("zone", lazy("Time zone"), "text", lazy("Of its wall clock: Europe/Moscow.")),
    Field("hours", lazy("Working hours, Monday to Friday"), "text", lazy("With the break: 9-13, 14-18.")),
    Field("saturday", lazy("Saturday"), "text", lazy("Empty: a day off. Everything can be changed later.")),
    Field("holidays", lazy("Public holidays"), "select", "", calendars.COUNTRIES),
    Field("name", lazy("Your name and surname"), "text", lazy("You become its administrator.")),
    Field("email", lazy("Your e-mail"), "email", lazy("Links to sign in come here, and what you are told.")),
)
PLACES = (
    ("company.name", "company"),
    ("company.zone", "zone"),
    ("calendars.office.saturday", "saturday"),
    ("calendars.office", "hours"),
    ("people[", "name"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def first(request: HttpRequest) -> HttpResponse:
    """The way in: to the step that comes next, or to the first one while there is no company."""
    viewer = of(request)
    if viewer is not None:
        return redirect("first-step", viewer.company.first_step or 1) if viewer.is_admin else redirect("home")
    if not isinstance(request.user, Account) or not access.may_found(request.user):
        raise PermissionDenied(_("The link that the server printed opens this page."))
    if request.method != "POST":
        return _page(request, {"zone": ["Europe/Moscow"], "hours": ["09:00-18:00"], "holidays": ["RU"]}, {})
    values = posted(request.POST)
    empty = {name: _("This is needed.") for name in ("company", "zone", "name") if not one(values, name)}
    if empty:
        return _page(request, values, empty, status=422)
    text = dumps(tree(values))
    try:
        file = companies.read(text, language=get_language() or "")
    except companies.Unreadable as unreadable:
        return _page(request, values, dict(_placed(unreadable.problems)), status=422)
    found = companies.lint(file, now=clock.now())
    if found.errors:
        return _page(request, values, dict(_placed(found.errors)), status=422)
    return _found(request, file, text)


def _found(request: HttpRequest, file: companies.CompanyFile, text: str) -> HttpResponse:
    """The company, its version 1, and its administrator signed in. Of two who press at once one founds it."""
    with transaction.atomic(), lock.founding():
        if Company.objects.exists():
            raise PermissionDenied(_("The company has just been set up by somebody else."))
        made = companies.apply(file, text, by=file.people[0].name, now=clock.now())
        Company.objects.filter(pk=made.pk).update(first_step=2)
        access.founded()
    person = Person.objects.select_related("company", "account").get(company=made, key=file.people[0].key)
    login(request, access.account_of(person), backend="django.contrib.auth.backends.ModelBackend")
    return redirect("first-step", 2)


def tree(values: Values) -> Tree:
    """A company that works as it is: one department, one drum, office hours."""
    name = one(values, "name")
    key = ids.fresh(name, ())
    week = [one(values, "hours")] * 5 + [one(values, "saturday"), ""]
    office: Tree = {"name": _("Office"), **hours_values.week(week)}
    if one(values, "holidays"):
        office["holidays"] = one(values, "holidays")
    person = {"id": key, "name": name, "email": one(values, "email"), "role": "admin", "departments": ["sales"]}
    return {
        "company": {"name": one(values, "company"), "zone": one(values, "zone"), "language": get_language() or "ru"},
        "stages": {
            "new": {"title": _("New"), "meaning": "entry"},
            "in_work": {"title": _("In progress"), "meaning": "take"},
            "junk": {"title": _("Junk"), "meaning": "close"},
        },
        "calendars": {"office": office},
        "departments": [{"id": "sales", "name": _("Sales"), "head": key}],
        "people": [{name: value for name, value in person.items() if value}],
        "drums": [
            {
                "id": "leads",
                "name": _("New leads"),
                "entry": ["new"],
                "roster": {"department": "sales", "subdepartments": True},
                "budget": "30m",
                "calendar": "office",
            }
        ],
        "routing": {"default_drum": "leads"},
    }


def _placed(problems: Any) -> list[tuple[str, str]]:
    """What is wrong, by field; what belongs to none stands at the first."""
    found = []
    for problem in sorted(problems, key=lambda problem: len(problem.key)):  # the narrowest place says it best
        name = next((name for start, name in PLACES if problem.key.startswith(start)), "company")
        found.append(("email" if problem.key.endswith("email") else name, problem.what))
    return found


def _page(request: HttpRequest, values: Values, wrong: dict[str, str], status: int = 200) -> HttpResponse:
    context = {"f": fields.shown(FIELDS, values, wrong).values(), "steps": STEPS, "step": 1, "now": 1}
    return render(request, "leaddrum/first/founding.html", context, status=status)
