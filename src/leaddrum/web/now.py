"""Now: what a head looks at all day. Are leads being lost, who holds what, who is there, who is next, and why.

What can be done about it stands beside it: `now_actions`. The number of queries does not depend on the leads.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from leaddrum.models import Incident, Turn
from leaddrum.web import live, shift, waiting, working
from leaddrum.web.journal import may_annul
from leaddrum.web.shift import Counted
from leaddrum.web.viewer import Signed, Viewer, heads_only
from leaddrum.web.waiting import Waiting
from leaddrum.web.working import Broken

NEWEST = 500
"""Incidents that are looked at for today's; a day with more says "500+"."""
MISSES = 8
"""Of today's, listed to be annulled on the spot."""
WORKERS = 40
"""People shown at once, those who hold something first; all others are behind a link."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first thing an owner reads. `level`: `good`, `warn`, `bad`."""

    level: str
    text: str
    details: tuple[str, ...]


@require_safe
@heads_only
def now(request: Signed) -> HttpResponse:
    """The whole page."""
    return render(request, "leaddrum/now/now.html", _context(request))


@require_safe
@heads_only
def fragment(request: Signed) -> HttpResponse:
    """The part that keeps itself up to date."""
    return live.unless_unchanged(request, lambda: render(request, "leaddrum/now/_live.html", _context(request)))


def _context(request: Signed) -> dict[str, Any]:
    viewer = request.viewer
    midnight = datetime.combine(viewer.now.astimezone(viewer.zone).date(), time(), viewer.zone)
    found, broken = waiting.waiting(viewer), working.broken(viewer)
    missed = _missed_since(viewer, midnight)
    counted, excused = (_whose(missed, kind) for kind in ("missed", "excused"))
    today = Counted(_taken_since(viewer, midnight), counted, excused)
    workers = shift.workers(viewer, found.offers, today)
    shown = len(workers) if request.GET.get("people") == "all" else WORKERS
    return {
        "verdict": verdict(found, broken),
        "waiting": found,
        "broken": broken,
        "taken": sum(today.taken.values()),
        "missed": sum(counted.values()),
        "excused": sum(excused.values()),
        "false": sum(_whose(missed, "false").values()),
        "many": len(missed) >= NEWEST,
        "unlisted": max(0, len(missed) - MISSES),
        "misses": _incidents([pk for pk, _person, _kind in missed[:MISSES]], viewer),
        "workers": shift.titled(workers[:shown]),
        "more_workers": max(0, len(workers) - shown),
        "everybody": request.GET.get("people") == "all",
        "drums": [(one, found.queues.get(one.drum.pk, []), found.holds(one.drum.pk)) for one in shift.turning(viewer)],
        "people": people(viewer),
    }


def verdict(found: Waiting, broken: list[Broken]) -> Verdict:
    """One sentence: are leads being lost? Then what makes it so."""
    stopped = next((one.text for one in broken if one.stops), "")
    details: list[str] = [stopped] if stopped else []
    with_head, late = found.with_head, found.late
    if with_head:
        details.append(
            ngettext(
                "%(n)d lead is waiting for your decision.", "%(n)d leads are waiting for your decision.", with_head
            )
            % {"n": with_head}
        )
    alone = found.alone - with_head
    if alone > 0:
        details.append(
            ngettext(
                "In working hours there is nobody to offer %(n)d lead to.",
                "In working hours there is nobody to offer %(n)d leads to.",
                alone,
            )
            % {"n": alone}
        )
    if stopped or found.alone:
        return Verdict("bad", _("Leads are being lost"), tuple(details))
    if late:
        told = ngettext("%(n)d lead is about to be missed.", "%(n)d leads are about to be missed.", late) % {"n": late}
        return Verdict("warn", _("Every lead has its person, but time is short"), (told,))
    if any(one.way is None for one in broken):
        return Verdict("warn", _("Leads have their people, but messages do not get through"), ())
    if broken:
        return Verdict("warn", _("Leads have their people, but a way in brings none"), ())
    if found.total == found.closed and found.total:
        return Verdict("good", _("Nothing is lost: everything waits for the opening"), ())
    if found.total:
        return Verdict("good", _("Nothing is lost: every lead has its person and its time"), ())
    return Verdict("good", _("Nothing is lost: no lead waits"), ())


def people(viewer: Viewer) -> list[tuple[int, str]]:
    """Whom a lead can be given to, by name."""
    found = (member for member in viewer.org.people.values() if member.active and not member.technical)
    return sorted(((member.id, member.name) for member in found), key=lambda one: one[1])


def _missed_since(viewer: Viewer, since: datetime) -> list[tuple[int, int, str]]:
    """Today's incidents that stand, newest first, whose they are (0: nobody's in particular), and what they are:
    `missed`, `excused` (through no fault of his, S-48), `false` (a false take, S-38). Looked for among the newest, not
    in the whole journal."""
    columns = ("pk", "person_id", "turn_number", "excuse", "missed_at", "annulled_at")
    found = viewer.incidents().order_by("-pk").values_list(*columns)[:NEWEST]
    return [
        (pk, person or 0, "false" if turn == 0 else "excused" if excuse else "missed")
        for pk, person, turn, excuse, at, annulled in found
        if at >= since and annulled is None
    ]


def _whose(found: list[tuple[int, int, str]], kind: str) -> Counter[int]:
    return Counter(person for _pk, person, one in found if one == kind)


def _incidents(numbers: list[int], viewer: Viewer) -> list[tuple[Incident, bool]]:
    """Each with whether he may annul it."""
    whole = Incident.objects.filter(pk__in=numbers).select_related("lead", "person")
    rows = whole.defer("candidates", "lead__text", "lead__fields").order_by("-pk")
    return [(incident, may_annul(incident, viewer)) for incident in rows]


def _taken_since(viewer: Viewer, since: datetime) -> Counter[int]:
    """Turns taken since then, by person; the index holds taken turns alone, so hand-overs do not pay for it."""
    turns = Turn.objects.filter(company=viewer.company, verdict="taken", verdict_at__gte=since, person__isnull=False)
    if not viewer.is_admin:
        turns = turns.filter(person__in=viewer.people)
    return Counter(turns.values_list("person", flat=True))
