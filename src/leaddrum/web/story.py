"""A lead's page: who has it and until when, what can be done, and everything that happened to it (S-16, S-20, I7)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from leaddrum import words
from leaddrum.company import saying
from leaddrum.engine import answering, clients
from leaddrum.models import Aftercare, Attachment, Cycle, Enclosure, Entry, Lead, Request, Stage
from leaddrum.web import deadline as deadlines
from leaddrum.web import handing, live, remaining
from leaddrum.web.journal import number_of
from leaddrum.web.story_lines import considered, story
from leaddrum.web.viewer import Signed, Viewer, signed_in

OPEN = (Cycle.State.OFFERED, Cycle.State.HELD, Cycle.State.WITH_HEAD)
OTHERS = 10
"""Other leads of the client, and earlier requests, that are listed."""
CONSENT = "consent"
"""The field in which the public form keeps the words the client agreed to."""
CHOICE = 300
"""People a list to choose from may have."""


@require_safe
@signed_in
def lead(request: Signed, pk: int) -> HttpResponse:
    """The whole page; of a lead that was merged, that of the one it goes on as."""
    merged = Lead.objects.filter(company=request.viewer.company, pk=pk, merged_into__isnull=False).first()
    if merged is not None and merged.merged_into_id is not None:
        return redirect("lead", merged.merged_into_id)
    told = _told(request, pk)
    page = render(request, "leaddrum/story/lead.html", {**told, **_about(told["lead"], request.viewer)})
    page["Cache-Control"] = "private, no-store"
    return page


@require_safe
@signed_in
def panel(request: Signed, pk: int) -> HttpResponse:
    """The lead as it stands beside the board."""
    return HttpResponse(panel_text(request, pk))


def panel_text(request: Signed, pk: int) -> SafeString:
    """The panel beside the board: the client follows the story, for there is no second column."""
    told = _told(request, pk)
    context = {**told, **_about(told["lead"], request.viewer), "panel": True}
    return render_to_string("leaddrum/story/_panel.html", context, request)


@require_safe
@signed_in
def fragment(request: Signed, pk: int) -> HttpResponse:
    """What changes by itself, as the page asks for it; 304 while nothing has moved in the company."""
    return live.unless_unchanged(request, lambda: render(request, "leaddrum/story/_live.html", _told(request, pk)))


def _told(request: Signed, pk: int) -> dict[str, Any]:
    """What changes while one looks: where the lead is now, what he may do about it, its story."""
    viewer = request.viewer
    before = number_of(request.GET.get("before"))
    found = get_object_or_404(viewer.leads().select_related("stage", "owner"), pk=pk)
    every = list(Stage.objects.filter(company=viewer.company))
    stages = [stage for stage in every if stage.active and stage.pk != found.stage_id]
    newest = Cycle.objects.filter(lead=found).select_related("drum", "holder", "taken_by").order_by("-number").first()
    allowed = may(found, newest, viewer)
    return {
        "lead": found,
        "cycle": newest,
        "now": Now.of(found, newest, viewer),
        "may": allowed,
        "asked": handing.from_me(viewer, [newest]).get(newest.pk) if newest and allowed["decline"] else None,
        "remaining": remaining.of(newest, viewer.org, viewer.now) if newest else None,
        "deadline": deadlines.running(newest, viewer) if newest else None,
        "aftercare": _aftercare(newest),
        "story": story(found, before, viewer.names, viewer.zone, {stage.key: stage.title for stage in every}),
        "stages": [stage for stage in stages if stage.meaning != Stage.Meaning.CLOSE],
        "closing": [stage for stage in stages if stage.meaning == Stage.Meaning.CLOSE],
        "people": _people(viewer, found, newest),
        "way_back": answering.way_back(found.pk),
        "before": before,
        "panel": request.GET.get("panel") == "1",
    }


def _aftercare(cycle: Cycle | None) -> Aftercare | None:
    """Until when somebody has to be in touch with the client of a lead that was taken (S-38)."""
    if cycle is None or cycle.state != Cycle.State.TAKEN:
        return None
    running = Aftercare.objects.filter(cycle=cycle, state=Aftercare.State.RUNNING)
    return running.select_related("person").first()


@dataclass(frozen=True, slots=True)
class Now:
    """Where the lead is at this moment, in words the template puts together."""

    state: str
    mine: bool = False  # he is the one who is asked
    next_up: str = ""
    why: str = ""  # of a hold
    waited: int = 0  # seconds by the clock from the client's first word to the take

    @classmethod
    def of(cls, found: Lead, cycle: Cycle | None, viewer: Viewer) -> Now:
        if cycle is None:
            return cls("none")
        if cycle.state == Cycle.State.HELD:
            until = cycle.hold.get("until")
            return cls(cycle.state, why=words.hold(cycle.hold_reason, until, viewer.zone, viewer.now))
        if cycle.state != Cycle.State.OFFERED:
            ended = cycle.ended_at or viewer.now
            return cls(cycle.state, waited=round((ended - found.arrived_at).total_seconds()))
        offered = cycle.entries.filter(kind="offered").order_by("-seq").values_list("data", flat=True).first()
        following: int = (offered or {}).get("next_up") or 0
        mine = cycle.holder_id in (None, viewer.person.pk)
        return cls(cycle.state, mine=mine, next_up=viewer.names.get(following, ""))


def may(found: Lead, cycle: Cycle | None, viewer: Viewer) -> dict[str, bool]:
    """What this reader may do with this lead now; the engine has the last word."""
    running = cycle is not None and cycle.state in OPEN
    holder = cycle.holder_id if cycle is not None and cycle.state == Cycle.State.OFFERED else None
    heads = viewer.is_admin or (
        viewer.is_head
        and (
            viewer.answers_for(found.owner_id)
            or viewer.answers_for(holder)
            or (cycle is not None and cycle.drum_id in {drum.pk for drum in viewer.drums})
        )
    )
    his = viewer.person.pk in (found.owner_id, holder)
    return {
        "take": running and found.stage.meaning == Stage.Meaning.ENTRY,
        "decline": running and holder == viewer.person.pk,
        "move": heads or his,
        "assign": heads or (running and holder == viewer.person.pk),
        "decide": heads and cycle is not None and cycle.state == Cycle.State.WITH_HEAD,
        "delete": heads,
        "head": heads,
    }


def _people(viewer: Viewer, found: Lead, cycle: Cycle | None) -> list[tuple[int, str]]:
    """Whom a lead can be given to, by name; of very many those of its drum and those he answers for come in first."""
    org = viewer.org
    roster = org.roster(cycle.drum_id, found.owner_id) if cycle else ()
    every = (org.people[pk] for pk in dict.fromkeys((*roster, *sorted(viewer.people), *org.people)))
    able = islice((member for member in every if member.active and not member.technical), CHOICE)
    return sorted(((member.id, member.name) for member in able), key=lambda one: one[1])


def _about(found: Lead, viewer: Viewer) -> dict[str, Any]:
    """What is known of the client; it does not change by itself."""
    same = clients.same_client(viewer.company.pk, found.phone_key, found.email_key)
    others = viewer.leads().filter(pk__in=[number for number in same if number != found.pk])
    enclosed = Prefetch("enclosures", Enclosure.objects.defer("content").order_by("pk"))
    replies = found.replies.select_related("person").prefetch_related(enclosed)
    return {
        "fields": [
            (words.field(str(name)), saying.value("", value)) for name, value in found.fields.items() if name != CONSENT
        ],
        "consent": found.fields.get(CONSENT, ""),
        "requests": [_said(one) for one in found.requests.order_by("-pk")[:OTHERS]],
        "replies": list(replies.order_by("-pk")[:OTHERS]),
        "files": Attachment.objects.filter(request__lead=found).defer("content").order_by("pk")[:CHOICE],
        "others": list(others.select_related("stage", "owner").order_by("-pk")[:OTHERS]),
        "observers": list(found.observers.order_by("name")),
    }


def _said(one: Request) -> dict[str, Any]:
    """A request as the list shows it. A form sends every value as a list, the API sends it plain."""
    text = one.payload.get("text", "") if isinstance(one.payload, dict) else ""
    said = " ".join(str(part) for part in text) if isinstance(text, list) else str(text or "")
    return {"received_at": one.received_at, "channel": one.channel, "said": said}


@require_safe
@signed_in
def deadline(request: Signed, pk: int, number: int, turn: int) -> HttpResponse:
    """How the deadline of one turn came about: cycle `number` of the lead, turn `turn` of it (S-16)."""
    viewer = request.viewer
    found = get_object_or_404(viewer.leads(), pk=pk)
    cycle = get_object_or_404(Cycle.objects.select_related("drum", "holder"), lead=found, number=number)
    explained = deadlines.of_turn(cycle, turn, viewer)
    if explained is None:
        raise Http404
    page = "_derivation" if request.headers.get("HX-Request") else "deadline"  # unfolded in the story, or by itself
    return render(request, f"leaddrum/story/{page}.html", {"lead": found, "cycle": cycle, "deadline": explained})


@require_safe
@signed_in
def who(request: Signed, pk: int, number: int, seq: int) -> HttpResponse:
    """Who was considered for one offer, or why nobody could have it: entry `seq` of cycle `number` (S-20)."""
    viewer = request.viewer
    found = get_object_or_404(viewer.leads(), pk=pk)
    entry = get_object_or_404(
        Entry.objects.select_related("cycle__drum"), cycle__lead=found, cycle__number=number, seq=seq
    )
    lines = considered(entry.data.get("candidates", ()), viewer.names, viewer.zone, entry.at)
    if not lines:
        raise Http404
    page = "_considered" if request.headers.get("HX-Request") else "considered"
    said = words.entry(entry, viewer.names, viewer.zone)
    told = {"lead": found, "at": entry.at, "drum": entry.cycle.drum, "lines": lines, "said": said}
    return render(request, f"leaddrum/story/{page}.html", told)
