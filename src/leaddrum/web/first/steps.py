"""Steps two to five, for the administrator of a company that has just begun."""

from __future__ import annotations

from typing import Any

from django.conf import settings as configured
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leaddrum import engine, words
from leaddrum.company.settings import Settings, named
from leaddrum.company.toml import Tree
from leaddrum.models import Company, Cycle, Request
from leaddrum.web.first.founding import STEPS
from leaddrum.web.setup import drum_fields, drum_values, fields, pasted
from leaddrum.web.setup.drums import DrumPage
from leaddrum.web.setup.page import Page, Work, edit, wrong
from leaddrum.web.setup.people import PASTED
from leaddrum.web.setup.values import Values, some
from leaddrum.web.viewer import Signed, Viewer, admins_only

LAST = len(STEPS)
OF_DRUM = ("budget", "escalate_after", "escalation")
TEST = tuple(f"first-steps:{number}" for number in range(1, 10))  # the test leads' requests: so many may be tried


class _Step(Page):
    """A page of the set-up as one of the steps."""

    number: int

    def saved(self, company: Company) -> None:
        _done(company, self.number)

    def after(self) -> str:
        return resolve_url("first-step", self.number + 1)


class PeopleStep(_Step):
    template = "leaddrum/first/people.html"
    number = 2

    def values(self, settings: Settings) -> Values:
        del settings
        return {"lines": []}

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        del before
        units = tree.get("departments") or [{"id": ""}]
        pasted.add(tree, pasted.read("\n".join(some(values, "lines"))), default=str(units[0]["id"]))

    def context(self, work: Work) -> dict[str, Any]:
        there = [person for person in work.now.file.people if person.active]
        return {
            "f": fields.shown((PASTED,), work.values, pasted.too_many(work.values)),
            "there": there,
            **_steps(work.viewer, self.number),
        }


class DrumStep(_Step):
    template = "leaddrum/first/drum.html"
    number = 3

    def __init__(self, key: str) -> None:
        self.drum = key
        self._page = DrumPage(key)

    def values(self, settings: Settings) -> Values:
        whole = self._page.values(settings)
        return {name: whole[name] for name in OF_DRUM}

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        table = named(tree, "drums", self.drum)
        if table is not None:
            drum_values.write(table, {name: values.get(name, []) for name in OF_DRUM}, before)

    def path(self, key: str) -> str:
        return self._page.path(key)

    def say(self, name: str, what: str, work: Work) -> str:
        return self._page.say(name, what, work)

    def context(self, work: Work) -> dict[str, Any]:
        shown = fields.shown(drum_fields.ALL, work.values, wrong(work, self))
        return {"f": shown, "drum_key": self.drum, **_steps(work.viewer, self.number)}


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def step(request: Signed, number: int) -> HttpResponse:
    """One of the steps; any of them may be opened again."""
    viewer = request.viewer
    if number == 1:
        return redirect("setup")
    if number == PeopleStep.number:
        return edit(request, PeopleStep())
    if number == DrumStep.number:
        return edit(request, DrumStep(viewer.drums[0].key))
    if number == 4:
        return render(request, "leaddrum/first/sources.html", _sources(viewer) | _steps(viewer, number))
    if number == LAST:
        return _trial(request)
    raise Http404


@require_POST
@admins_only
def onward(request: Signed, number: int) -> HttpResponse:
    """This step is done, or left for later; after the last one to the board."""
    _done(request.viewer.company, number)
    return redirect("first-step", number + 1) if number < LAST else redirect("home")


def _done(company: Company, number: int) -> None:
    """Never back: whoever opens an earlier step again loses nothing."""
    if company.first_step is not None and company.first_step <= number:
        following = number + 1 if number < LAST else None
        Company.objects.filter(pk=company.pk).update(first_step=following)


def _steps(viewer: Viewer, number: int) -> dict[str, Any]:
    return {"steps": STEPS, "step": number, "now": viewer.company.first_step or LAST + 1}


def _sources(viewer: Viewer) -> dict[str, Any]:
    """The form's address, and what else there is."""
    drum = viewer.drums[0].key
    path = reverse("form", args=[viewer.company.key, drum])
    return {
        "form": (configured.PUBLIC_URL or "") + path,
        "snippet": reverse("form-snippet", args=[viewer.company.key, drum]),
    }


# A test lead.


def _trial(request: Signed) -> HttpResponse:
    viewer = request.viewer
    asked = Request.objects.filter(company=viewer.company, external_id__in=TEST).select_related("lead").order_by("pk")
    known = list(asked)
    lead = known[-1].lead if known and known[-1].lead and known[-1].lead.deleted_at is None else None
    if request.method == "POST" and lead is None and len(known) < len(TEST):
        arrival = engine.Arrival(
            title=_("A test lead"),
            name=_("Sam Sample"),
            channel="hand",
            owner=viewer.person.pk,
            external_id=TEST[len(known)],
            payload={"by": viewer.person.key},
        )
        try:
            engine.arrive(viewer.company.pk, arrival, now=viewer.now)
        except engine.Refused as error:  # a portal was connected instead of the board
            messages.error(request, words.refusal(error))
        return redirect("first-step", LAST)
    cycle = Cycle.objects.filter(lead=lead).select_related("holder", "taken_by").order_by("-number").first()
    context = {"lead": lead, "cycle": cycle, **_steps(viewer, LAST)}
    return render(request, "leaddrum/first/trial.html", context)
