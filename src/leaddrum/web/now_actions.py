"""What a head does on the spot: pass a lead on, call a drum by hand, pause somebody, bring him back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from leaddrum import engine
from leaddrum.models import Cycle, Drum, Person
from leaddrum.web import live
from leaddrum.web.story import may
from leaddrum.web.viewer import Signed, heads_only

LONGEST = 200


@require_POST
@heads_only
def release(request: Signed, pk: int) -> HttpResponse:
    """The lead goes on to whoever is next now."""
    viewer = request.viewer
    lead = get_object_or_404(viewer.leads().select_related("stage"), pk=pk)
    cycle = Cycle.objects.filter(lead=lead).order_by("-number").first()
    if not may(lead, cycle, viewer)["head"]:
        raise PermissionDenied(_("Only the head of its people passes a lead on."))
    return live.done(
        request,
        lambda: engine.release(lead.pk, by=viewer.person.pk, now=viewer.now),
        _("“%(title)s” goes on to the next one.") % {"title": lead.title},
        "now",
    )


@require_POST
@heads_only
def call(request: Signed, key: str) -> HttpResponse:
    """The drum looks at its queue now."""
    viewer = request.viewer
    drum = _drum(request, key)
    done = engine.call(drum.pk, by=viewer.person.pk, now=viewer.now)
    told = ngettext("%(n)d lead is offered now", "%(n)d leads are offered now", done.offered) % {"n": done.offered}
    if done.waiting:
        wait = ngettext("%(n)d waits on: nobody is free", "%(n)d wait on: nobody is free", done.waiting)
        told += ", " + wait % {"n": done.waiting}
    elif not done.offered:
        told = _("Nothing waits in this drum's queue")
    (messages.success if done.offered or not done.waiting else messages.warning)(request, f"{drum.name}: {told}.")
    return live.pressed(request, "now")


def _drum(request: Signed, key: str) -> Drum:
    for drum in request.viewer.drums:
        if drum.key == key:
            return drum
    raise Http404


@require_POST
@heads_only
def pause(request: Signed, pk: int) -> HttpResponse:
    """Somebody steps out of the drums; what he holds passes on without guilt (S-24)."""
    person = _person(request, pk)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:LONGEST]
    viewer = request.viewer
    engine.pause(person.pk, reason=reason or viewer.person.name, now=viewer.now, by=viewer.person.pk)
    messages.success(request, _("%(name)s is paused; open offers have passed on.") % {"name": person.name})
    return live.pressed(request, "now")


@require_POST
@heads_only
def resume(request: Signed, pk: int) -> HttpResponse:
    """Back in the drum."""
    person = _person(request, pk)
    engine.resume(person.pk, now=request.viewer.now)
    messages.success(request, _("%(name)s is back: leads are offered again.") % {"name": person.name})
    return live.pressed(request, "now")


def _person(request: Signed, pk: int) -> Person:
    person = get_object_or_404(Person, company=request.viewer.company, active=True, pk=pk)
    if not request.viewer.answers_for(person.pk):
        raise PermissionDenied(_("You do not answer for this person."))
    return person
