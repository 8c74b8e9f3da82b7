"""What only a lead's own page offers: assign, decide, delete. Taking, moving and returning are those of the board.

Each press is one verb of the engine; a refusal says why.
"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leaddrum import engine, words
from leaddrum.models import Cycle, Lead, Person
from leaddrum.web import live
from leaddrum.web.journal import number_of
from leaddrum.web.story import may
from leaddrum.web.viewer import Signed, signed_in


def _allowed(request: Signed, pk: int, what: str) -> tuple[Lead, Cycle | None]:
    """The lead and its newest cycle, when this person may do `what` with it.

    Raises:
        Http404: he does not see it.
        PermissionDenied: he sees it and may not.
    """
    lead = get_object_or_404(request.viewer.leads().select_related("stage", "owner"), pk=pk)
    cycle = Cycle.objects.filter(lead=lead).order_by("-number").first()
    if not may(lead, cycle, request.viewer)[what]:
        raise PermissionDenied(_("This is for the one who holds the lead, or for their head."))
    return lead, cycle


def _page(pk: int) -> str:
    return reverse("lead", args=[pk])


@require_POST
@signed_in
def assign(request: Signed, pk: int) -> HttpResponse:
    """To somebody by name: by the head it stays his, by the holder it is handed over (S-28)."""
    lead, _cycle = _allowed(request, pk, "assign")
    viewer = request.viewer
    person = get_object_or_404(
        Person, company=viewer.company, active=True, technical=False, pk=number_of(request.POST.get("person")) or 0
    )
    return live.done(
        request,
        lambda: engine.assign(lead.pk, person.pk, by=viewer.person.pk, now=viewer.now),
        _("The lead is given to %(person)s.") % {"person": person.name},
        _page(pk),
    )


@require_POST
@signed_in
def decide(request: Signed, pk: int) -> HttpResponse:
    """The head ends a freeze (S-8): the drum starts again, or the lead is closed. Assigning is `assign`."""
    _lead, cycle = _allowed(request, pk, "decide")
    action = request.POST.get("action", "")
    viewer = request.viewer
    if cycle is None or action not in {"restart", "close"}:
        messages.error(request, _("Choose what happens to the lead."))
        return redirect("lead", pk)
    return live.done(
        request,
        lambda: engine.head_decides(cycle.pk, action, by=viewer.person.pk, now=viewer.now),
        _("The drum turns again.") if action == "restart" else _("The lead is closed."),
        _page(pk),
    )


@require_POST
@signed_in
def delete(request: Signed, pk: int) -> HttpResponse:
    """Off the board (S-32). The cycle is withdrawn; what people missed stays in the journal."""
    lead, _cycle = _allowed(request, pk, "delete")
    viewer = request.viewer
    try:
        engine.delete(lead.pk, by=viewer.person.pk, now=viewer.now)
    except engine.Refused as error:
        messages.error(request, words.refusal(error))
        return redirect("lead", pk)
    messages.success(request, _("“%(title)s” is deleted.") % {"title": lead.title})
    return redirect("home")


@require_POST
@signed_in
def comment(request: Signed, pk: int) -> HttpResponse:
    """What was said or done, in his own words: everybody who sees the lead may add to its story (S-38)."""
    viewer = request.viewer
    lead = get_object_or_404(viewer.leads(), pk=pk)
    text = request.POST.get("text", "").replace("\x00", "").strip()
    by = viewer.person.pk
    return live.done(
        request,
        lambda: engine.comment(lead.pk, by=by, text=text, now=viewer.now),
        _("It is in the story."),
        _page(lead.pk),
    )


@require_POST
@signed_in
def merge(request: Signed, pk: int) -> HttpResponse:
    """Another lead of the client, `other`, is folded into this one, which stays (S-30)."""
    lead, _cycle = _allowed(request, pk, "head")
    viewer = request.viewer
    other, _other_cycle = _allowed(request, number_of(request.POST.get("other")) or 0, "head")
    return live.done(
        request,
        lambda: engine.merge(other.pk, into=lead.pk, by=viewer.person.pk, now=viewer.now),
        _("“%(title)s” is merged into this lead.") % {"title": other.title},
        _page(pk),
    )
