"""Handing a turn over to a colleague: who can be asked, who asks me, and the presses of both (S-28)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leaddrum import engine
from leaddrum.engine.staff import Org
from leaddrum.models import Cycle, Handover, Person
from leaddrum.web import live, offers
from leaddrum.web.journal import number_of
from leaddrum.web.offers import Offer
from leaddrum.web.viewer import Signed, Viewer, signed_in

MOST = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A colleague asks me to take his turn over."""

    handover: Handover
    offer: Offer


def to_me(viewer: Viewer) -> list[Asked]:
    """What colleagues ask of him and he has not answered. One query."""
    found = _open().filter(receiver=viewer.person, cycle__holder=F("giver"))
    rows = found.select_related("cycle", "cycle__lead", "cycle__lead__stage", "cycle__drum", "giver")
    asked = list(rows.order_by("cycle__due_at", "pk")[:MOST])
    return [Asked(one, offers.offer(one.cycle, viewer.org, viewer.now, None)) for one in asked]


def from_me(viewer: Viewer, cycles: Iterable[Cycle]) -> dict[int, Handover]:
    """Whom he has asked, by cycle. One query."""
    found = _open().filter(giver=viewer.person, cycle__in=[cycle.pk for cycle in cycles]).select_related("receiver")
    return {one.cycle_id: one for one in found}


def _open() -> QuerySet[Handover]:
    """Unanswered, and the turn still runs."""
    return Handover.objects.filter(answered_at=None, cycle__state="offered", cycle__turn_number=F("turn_number"))


def colleagues(cycles: Iterable[Cycle], viewer: Viewer) -> dict[int, list[tuple[int, str]]]:
    """Whom each turn can be offered to: those of its drum who are there now. One query."""
    paused = set(
        Person.objects.filter(company=viewer.company, paused_at__isnull=False, active=True).values_list("pk", flat=True)
    )
    return {cycle.pk: _there(cycle, viewer.org, paused | {viewer.person.pk}, viewer.now) for cycle in cycles}


def _there(cycle: Cycle, org: Org, without: set[int], now: datetime) -> list[tuple[int, str]]:
    found = []
    for person in org.roster(cycle.drum_id, cycle.lead.owner_id):
        member = org.people[person]
        absent = member.absent_at(now) or not org.hours(person, cycle.drum_id).is_open(now)
        if person not in without and member.active and not member.technical and not absent:
            found.append((person, member.name))
    return sorted(found, key=lambda one: one[1])


@require_POST
@signed_in
def ask(request: Signed, cycle: int, turn: int) -> HttpResponse:
    """The holder asks a colleague. Until the answer nothing moves."""
    viewer = request.viewer
    row = get_object_or_404(viewer.cycles().select_related("lead"), pk=cycle)
    to = number_of(request.POST.get("person"))
    receiver = get_object_or_404(Person, company=viewer.company, active=True, technical=False, pk=to or 0)
    note = request.POST.get("note", "").replace("\x00", "")
    earlier = Handover.objects.filter(cycle=row, turn_number=turn, giver=viewer.person, answered_at=None).first()
    if earlier is not None and earlier.receiver_id == receiver.pk:
        return live.pressed(request, "my")  # the same press, come twice
    said = _("%(name)s is asked to take over “%(title)s”. Until they answer, it stays with you.")
    return live.done(
        request,
        lambda: engine.hand_over(row.pk, turn, to=receiver.pk, by=viewer.person.pk, note=note, now=viewer.now),
        said % {"name": receiver.name, "title": row.lead.title},
        "my",
    )


@require_POST
@signed_in
def answer(request: Signed, pk: int, how: str) -> HttpResponse:
    """The colleague accepts or refuses."""
    viewer = request.viewer
    offer = get_object_or_404(
        Handover.objects.select_related("cycle__lead"), company=viewer.company, receiver=viewer.person, pk=pk
    )
    accept = how == "accept"
    title = offer.cycle.lead.title
    said = _("“%(title)s” is your turn now.") if accept else _("“%(title)s” stays with the colleague.")
    if offer.answer == ("accepted" if accept else "refused"):  # the same press, come twice
        messages.success(request, said % {"title": title})
        return live.pressed(request, "my")
    return live.done(
        request,
        lambda: engine.answer_handover(offer.pk, by=viewer.person.pk, accept=accept, now=viewer.now),
        said % {"title": title},
        "my",
    )


@require_POST
@signed_in
def withdraw(request: Signed, pk: int) -> HttpResponse:
    """The holder takes his request back."""
    viewer = request.viewer
    offer = get_object_or_404(Handover, company=viewer.company, giver=viewer.person, pk=pk)
    return live.done(
        request,
        lambda: engine.withdraw_handover(offer.pk, by=viewer.person.pk, now=viewer.now),
        _("The request is taken back."),
        "my",
    )
