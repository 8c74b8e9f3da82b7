"""The page behind the link of a mail: one lead, one large button, no signing in (S-34).

The signed token in the address proves who presses. Looking at the page takes nothing, so a mail program that follows
links changes nothing; only the press does.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from leaddrum import clock, engine, links, words
from leaddrum.engine import org
from leaddrum.models import Cycle, Person
from leaddrum.web import offers


@never_cache
@csrf_exempt  # the token is the proof, and a phone that never signed in has no cookie to compare with
@require_http_methods(["GET", "HEAD", "POST"])
def press(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the lead and the button, or why there is none; POST takes."""
    try:
        link = links.read(token)
    except links.BadLink:
        return render(request, "leaddrum/press/bad.html", status=404)
    person = Person.objects.select_related("company").filter(pk=link.person, active=True).first()
    cycles = Cycle.objects.select_related("lead", "lead__stage", "drum")
    cycle = cycles.filter(pk=link.cycle, company=person.company).first() if person else None
    if person is None or cycle is None:
        return render(request, "leaddrum/press/bad.html", status=404)
    translation.activate(person.language or person.company.language)
    with timezone.override(ZoneInfo(person.zone or person.company.zone)):
        answer = _take if request.method == "POST" else _show
        page = answer(request, person, cycle, link.turn, clock.now())
    page["X-Robots-Tag"] = "noindex"
    page["Referrer-Policy"] = "no-referrer"
    return page


def _take(request: HttpRequest, person: Person, cycle: Cycle, turn: int, now: datetime) -> HttpResponse:
    try:
        done = engine.take(cycle.pk, turn, by=person.pk, now=now)
    except engine.Refused as error:
        return _over(request, person, cycle, words.refusal(error), 409)
    if isinstance(done, engine.Stale) and not (done.code == "taken" and done.holder == person.pk):  # a second press
        return _over(request, person, cycle, _stale(done, person, now), 409)
    return render(request, "leaddrum/press/taken.html", {"person": person, "lead": cycle.lead})


def _show(request: HttpRequest, person: Person, cycle: Cycle, turn: int, now: datetime) -> HttpResponse:
    if cycle.state == Cycle.State.OFFERED and cycle.turn_number == turn and cycle.holder_id in {person.pk, None}:
        offer = offers.offer(cycle, org.of(person.company, now), now, None)
        return render(request, "leaddrum/press/press.html", {"person": person, "offer": offer})
    if cycle.state == Cycle.State.TAKEN and cycle.taken_by_id == person.pk:
        return render(request, "leaddrum/press/taken.html", {"person": person, "lead": cycle.lead})
    return _over(request, person, cycle, _stale(_standing(cycle), person, now), 200)


def _standing(cycle: Cycle) -> engine.Stale:
    """Where the lead is now, as the engine would answer a press."""
    if cycle.state == Cycle.State.OFFERED:
        return engine.Stale("passed_on", cycle.lead_id, cycle.holder_id, cycle.due_at)
    holder = cycle.taken_by_id if cycle.state == Cycle.State.TAKEN else None
    return engine.Stale(str(cycle.state), cycle.lead_id, holder)


def _stale(answer: engine.Stale, person: Person, now: datetime) -> str:
    people = org.of(person.company, now).people
    names = {member.id: member.name for member in people.values()}
    return words.stale(answer, names, ZoneInfo(person.zone or person.company.zone), now)


def _over(request: HttpRequest, person: Person, cycle: Cycle, answer: str, status: int) -> HttpResponse:
    page = {"person": person, "lead": cycle.lead, "answer": answer}
    return render(request, "leaddrum/press/over.html", page, status=status)
