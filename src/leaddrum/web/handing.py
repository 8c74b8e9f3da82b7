"""Handing a turn over to a colleague: who can be asked, who asks me, and the presses of both (S-28)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leaddrum import engine
from leaddrum.engine.staff import Org
from leaddrum.models import Cycle, Handover, Person
from leaddrum.templatetags.humane import options
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


def colleagues(cycles: Iterable[Cycle], viewer: Viewer) -> dict[int, SafeString]:
    """Whom each turn can be offered to: those of its drum who are there now, as the options of a list. One query, and
    a list once for all turns of the same people: it can have hundreds."""
    away = Person.objects.filter(company=viewer.company, paused_at__isnull=False, active=True)
    without = {*away.values_list("pk", flat=True), viewer.person.pk}
    lists: dict[tuple[int, tuple[int, ...]], SafeString] = {}
    found = {}
    for cycle in cycles:
        drum, roster = cycle.drum_id, viewer.org.roster(cycle.drum_id, cycle.lead.owner_id)
        if (drum, roster) not in lists:
            there = _there(drum, roster, viewer.org, viewer.now)
            by_name = sorted((one for one in there if one[0] not in without), key=itemgetter(1))
            lists[drum, roster] = options(by_name)
        found[cycle.pk] = lists[drum, roster]
    return found


def _there(drum: int, roster: Iterable[int], org: Org, now: datetime) -> Iterator[tuple[int, str]]:
    for person in roster:
        member = org.people[person]
        at_work = not member.absent_at(now) and org.hours(person, drum).is_open(now)
        if at_work and member.active and not member.technical:
            yield person, member.name


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
