"""Presses on the board and on "my turns": take, decline, move, pause, come back. Each is one verb of the engine."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leaddrum import engine, words
from leaddrum.models import Cycle, Stage, Turn
from leaddrum.web import live
from leaddrum.web.story import may
from leaddrum.web.viewer import Signed, Viewer, signed_in

LONGEST = 200


@require_POST
@signed_in
def take(request: Signed, cycle: int, turn: int) -> HttpResponse:
    """His own offer. An old button answers who has the lead now and until when, and changes nothing (S-34)."""
    viewer = request.viewer
    row = _pressed_on(viewer, cycle)
    try:
        done = engine.take(row.pk, turn, by=viewer.person.pk, now=viewer.now)
    except engine.Refused as error:
        messages.error(request, words.refusal(error))
        return live.pressed(request, "my")
    if isinstance(done, engine.Stale) and not (done.code == "taken" and done.holder == viewer.person.pk):
        messages.warning(request, words.stale(done, viewer.names, viewer.zone, viewer.now))
    else:
        messages.success(request, _("“%(title)s” is yours. Get in touch with the client.") % {"title": row.lead.title})
    return live.pressed(request, "my")


def _pressed_on(viewer: Viewer, cycle: int) -> Cycle:
    """What he sees, and what he was once offered: also when it is out of his sight by now, deleted or with people of
    others, an old button answers why (S-34)."""
    row = get_object_or_404(Cycle.objects.filter(company=viewer.company).select_related("lead"), pk=cycle)
    his = Turn.objects.filter(cycle=row, person=viewer.person)
    if not viewer.leads().filter(pk=row.lead_id).exists() and not his.exists():
        raise Http404
    return row


@require_POST
@signed_in
def take_lead(request: Signed, pk: int) -> HttpResponse:
    """A lead that somebody else holds, or nobody: a colleague or the head takes it (S-27)."""
    viewer = request.viewer
    lead = get_object_or_404(viewer.leads().select_related("stage"), pk=pk)
    return live.done(
        request,
        lambda: engine.take_lead(lead.pk, by=viewer.person.pk, now=viewer.now),
        _("“%(title)s” is yours. Get in touch with the client.") % {"title": lead.title},
        "home",
    )


@require_POST
@signed_in
def move(request: Signed, pk: int, stage: str) -> HttpResponse:
    """To another stage; what that means the stage says (S-30)."""
    viewer = request.viewer
    lead = get_object_or_404(viewer.leads().select_related("stage", "owner"), pk=pk)
    cycle = Cycle.objects.filter(lead=lead).order_by("-number").first()
    if not may(lead, cycle, viewer)["move"]:
        raise PermissionDenied(_("Only the one who holds the lead, or their head, may move it."))
    target = get_object_or_404(Stage, company=viewer.company, active=True, key=stage)
    return live.done(
        request,
        lambda: engine.move(lead.pk, target.key, by=viewer.person.pk, now=viewer.now),
        _("“%(title)s” is now in “%(stage)s”.") % {"title": lead.title, "stage": target.title},
        "home",
    )


@require_POST
@signed_in
def decline(request: Signed, cycle: int, turn: int) -> HttpResponse:
    """He gives the lead back with a reason: it passes on at once, counted but no incident (S-33)."""
    viewer = request.viewer
    row = _pressed_on(viewer, cycle)
    reason = (request.POST.get("own", "").strip() or request.POST.get("reason", "").strip()).replace("\x00", "")[
        :LONGEST
    ]
    if not reason:
        messages.error(request, _("Choose or write a reason: the next one should know it."))
        return live.pressed(request, "my")
    try:
        engine.decline(row.pk, turn, by=viewer.person.pk, reason=reason, now=viewer.now)
    except engine.Refused as error:
        if not _declined(viewer, row.pk, turn):  # the same press, come twice, has its answer already
            messages.error(request, words.refusal(error))
    else:
        messages.success(request, _("“%(title)s” goes on to the next one.") % {"title": row.lead.title})
    return live.pressed(request, "my")


def _declined(viewer: Viewer, cycle: int, turn: int) -> bool:
    return Turn.objects.filter(cycle=cycle, number=turn, person=viewer.person, verdict="returned").exists()


@require_POST
@signed_in
def pause(request: Signed) -> HttpResponse:
    """No more offers until he comes back; what he holds passes on without guilt (S-24)."""
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:LONGEST]
    engine.pause(request.viewer.person.pk, reason=reason or _("paused himself"), now=request.viewer.now)
    messages.success(request, _("You are paused: nothing is offered to you."))
    return live.pressed(request, "my")


@require_POST
@signed_in
def resume(request: Signed) -> HttpResponse:
    """Back in the drum."""
    engine.resume(request.viewer.person.pk, now=request.viewer.now)
    messages.success(request, _("You are back: leads are offered to you again."))
    return live.pressed(request, "my")


@require_POST
@signed_in
def read(request: Signed) -> HttpResponse:
    """He has read his notices up to the newest that his page showed."""
    upto = request.POST.get("upto", "")
    if upto.isdecimal() and len(upto) < 19:
        request.viewer.notices().filter(pk__lte=int(upto), read_at=None).update(read_at=request.viewer.now)
    return live.pressed(request, "my")
