"""An absence that somebody enters himself: first what it does to what he holds, then the press (S-24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leaddrum import engine, words
from leaddrum.models import Absence
from leaddrum.web import offers
from leaddrum.web.offers import Offer
from leaddrum.web.viewer import Signed, Viewer, signed_in

LONGEST = 200
FARTHEST = timedelta(days=366)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # what began before has begun
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fate:
    """What an absence does to one open offer."""

    offer: Offer
    said: str


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def away(request: Signed) -> HttpResponse:
    """The form; with two instants what they would do; with "enter" it is done."""
    viewer = request.viewer
    values = {name: request.POST.get(name, "").replace("\x00", "").strip() for name in ("since", "until", "reason")}
    values["reason"] = values["reason"][:LONGEST]
    page: dict[str, Any] = {"values": values, "absences": _coming(viewer), "earliest": viewer.now}
    if request.method != "POST":
        return render(request, "leaddrum/my/away.html", page)
    since, until = _instant(values["since"], viewer), _instant(values["until"], viewer)
    error = _wrong(since, until, viewer.now)
    if error or since is None or until is None:
        return render(request, "leaddrum/my/away.html", page | {"error": error}, status=422)
    if "enter" not in request.POST:
        fates = [_fate(one, since, until, viewer) for one in offers.of(viewer.person, viewer.org, viewer.now)]
        return render(request, "leaddrum/my/away.html", page | {"fates": fates, "since": since, "until": until})
    if not viewer.person.absences.filter(starts_at=since, ends_at=until).exists():  # the same press, come twice
        engine.add_absence(viewer.person.pk, since, until, values["reason"], now=viewer.now)
    messages.success(request, _("Entered: nothing is offered to you in that time."))
    return redirect("away")


@require_POST
@signed_in
def back(request: Signed, pk: int) -> HttpResponse:
    """An absence of his own ends now, or never begins."""
    absence = get_object_or_404(request.viewer.person.absences, pk=pk, from_file=False)
    engine.end_absence(absence.pk, now=request.viewer.now)
    messages.success(request, _("You are back: leads are offered to you again."))
    return redirect("away")


def _coming(viewer: Viewer) -> list[Absence]:
    return list(viewer.person.absences.filter(ends_at__gt=viewer.now).order_by("starts_at")[:SHOWN])


def _instant(text: str, viewer: Viewer) -> datetime | None:
    """A wall-clock instant of a field, in his zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return max(read.replace(tzinfo=viewer.zone) if read.tzinfo is None else read, EARLIEST)


def _wrong(since: datetime | None, until: datetime | None, now: datetime) -> str:
    if since is None or until is None:
        return _("Say from when until when.")
    if until <= since or until <= now:
        return _("The end must be later than the beginning, and not in the past.")
    if until - now > FARTHEST:
        return _("So far ahead an administrator enters it.")
    return ""


def _fate(offer: Offer, since: datetime, until: datetime, viewer: Viewer) -> Fate:
    cycle = offer.cycle
    due_at = cycle.due_at or viewer.now
    if offer.claim:
        return Fate(offer, _("Stays open to everybody else."))
    if offer.keeps:
        return Fate(offer, _("Stays with you; your absence does not count, so its deadline moves."))
    if since <= viewer.now:
        return Fate(offer, _("Passes on at once, and that is no miss."))
    if since < due_at and until > since:
        at = words.instant(since, viewer.zone, viewer.now)
        return Fate(offer, _("Passes on at %(at)s if you have not taken it by then. That is not a miss.") % {"at": at})
    return Fate(offer, _("Its deadline comes before: take it as usual."))
