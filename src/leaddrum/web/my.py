"""My turns: what waits for my press, and what was said to me."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaddrum import words
from leaddrum.models import Cycle, Effect, Lead
from leaddrum.web import handing, live, offers
from leaddrum.web.viewer import Signed, Viewer, signed_in

NOTICES = 30


@dataclass(frozen=True, slots=True)
class Told:
    """One notice as the page shows it. `new`: not read yet, and still to the point."""

    effect: Effect
    lead: Lead | None
    notice: words.Notice
    new: bool


@require_safe
@signed_in
def my(request: Signed) -> HttpResponse:
    """The whole page."""
    page = render(request, "leaddrum/my/my.html", _context(request))
    page["Cache-Control"] = "private, no-store"
    return page


@require_safe
@signed_in
def fragment(request: Signed) -> HttpResponse:
    """The part that keeps itself up to date."""
    return live.unless_unchanged(request, lambda: render(request, "leaddrum/my/_live.html", _context(request)))


def _context(request: Signed) -> dict[str, Any]:
    viewer = request.viewer
    told = list(viewer.notices().select_related("cycle__lead", "cycle__drum").order_by("-pk")[:NOTICES])
    waiting = offers.of(viewer.person, viewer.org, viewer.now)
    cycles = [one.cycle for one in waiting]
    asked, colleagues = handing.from_me(viewer, cycles), handing.colleagues(cycles, viewer)
    return {
        "offers": [(one, asked.get(one.cycle.pk), colleagues[one.cycle.pk]) for one in waiting],
        "passing": any(not one.claim and not one.keeps for one in waiting),  # what a pause passes on
        "away": _away(viewer),
        "asks": handing.to_me(viewer),
        "notices": [_told(effect, viewer) for effect in told],
        "unread": any(effect.read_at is None for effect in told),
        "newest": told[0].pk if told else 0,
        "reasons": words.DECLINES,
    }


def _told(effect: Effect, viewer: Viewer) -> Told:
    lead = effect.cycle.lead if effect.cycle else None
    notice = words.notice(effect.kind, effect.data, lead, viewer.names, viewer.zone, effect.created_at)
    late = notice.takes and _gone(effect, viewer)
    return Told(effect, lead, notice, new=effect.read_at is None and not late)


def _gone(effect: Effect, viewer: Viewer) -> bool:
    """The lead it asks to take waits for him no more."""
    if effect.cycle is None:
        return False
    return effect.cycle.state != Cycle.State.OFFERED or effect.cycle.holder_id not in {None, viewer.person.pk}


def _away(viewer: Viewer) -> dict[str, str] | None:
    """Until when he is absent now, and why."""
    member = viewer.org.people.get(viewer.person.pk)
    absence = member.absence_at(viewer.now) if member is not None else None
    return {"until": words.until(absence[0], viewer.zone, viewer.now), "why": absence[1]} if absence else None
