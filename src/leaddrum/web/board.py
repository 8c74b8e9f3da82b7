"""The board: a column a stage, a card a lead. The number of queries does not depend on the number of leads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from leaddrum.engine import claims
from leaddrum.models import Cycle, Drum, Lead, Stage
from leaddrum.web import filter as filters
from leaddrum.web import live, remaining, shelf, story
from leaddrum.web.cards import Cards, Drawing
from leaddrum.web.filter import Filter
from leaddrum.web.journal import number_of
from leaddrum.web.pace import Pace
from leaddrum.web.remaining import Remaining
from leaddrum.web.story import may
from leaddrum.web.viewer import Signed, Viewer, signed_in
from leaddrum.words import SOURCES

PACE = Pace()
CARDS = Cards()
PAGE = 30  # cards of a column at first, and with each "more"
MOST = 300
Shown = TypeVar("Shown")  # what becomes of a card: its text, or the card itself
OF_CYCLE = (
    *("lead", "drum", "state", "ended_at", "misses", "turn_number", "holder__name", "due_at", "budget"),
    *("hold_reason", "hold", "error"),
)


@dataclass(frozen=True, slots=True)
class Card:
    """A lead as the board shows it."""

    lead: Lead
    cycle: Cycle | None
    remaining: Remaining | None
    mine: bool  # the turn is the viewer's
    asked: bool  # the offer was made to him: the large button
    claim: bool  # offered to everybody in the drum
    may_take: bool
    may_move: bool

    @property
    def person(self) -> str:
        """Whose it is now: its holder's, else its owner's."""
        holder = self.cycle.holder if self.cycle and self.cycle.state == Cycle.State.OFFERED else self.lead.owner
        return holder.name if holder else ""

    @property
    def open(self) -> bool:
        return self.cycle is not None and self.cycle.ended_at is None

    @property
    def held_until(self) -> datetime | None:
        until = self.cycle.hold.get("until") if self.cycle else None
        return parse_datetime(until) if until else None


@dataclass(frozen=True)
class Column(Generic[Shown]):
    stage: Stage
    count: int
    oldest: datetime | None  # arrival of the one that has waited longest
    cards: tuple[Shown, ...]
    more: str  # query of the board with more of this column; empty: all is shown
    many: bool = False  # there are more than were counted

    @property
    def waits(self) -> bool:
        """Whether leads wait here to be taken."""
        return self.stage.meaning == Stage.Meaning.ENTRY


@require_safe
@signed_in
def board(request: Signed) -> HttpResponse:
    """The whole page; with `?lead=7` that lead stands beside the board."""
    context = _context(request)
    lead = number_of(request.GET.get("lead"))
    if lead is not None and request.viewer.leads().filter(pk=lead).exists():
        context |= {"panel": story.panel_text(request, lead), "panel_of": lead}
    page = render(request, "leaddrum/board/board.html", context)
    page["Cache-Control"] = "private, no-store"
    return page


@require_safe
@signed_in
def fragment(request: Signed) -> HttpResponse:
    """The columns alone, as the page asks for them every two seconds."""
    return live.unless_unchanged(request, lambda: render(request, "leaddrum/board/_live.html", _context(request)), PACE)


def _context(request: Signed) -> dict[str, Any]:
    stages = list(Stage.objects.filter(company=request.viewer.company, active=True))
    viewer, wanted = request.viewer, filters.asked(request.GET)
    drum = next((drum for drum in viewer.drums if drum.key == wanted.drum), None)
    sizes = {stage.pk: _wanted(request.GET.get("n-" + stage.key)) for stage in stages}
    # As text: those that somebody has seen so already are not drawn again.
    shown = columns(viewer, stages, sizes, wanted, request.GET, Drawing(viewer, stages, CARDS).card)
    watched = _watched(viewer, [drum] if drum else viewer.drums)
    return {
        "columns": [one for one in shown if one.count or not one.waits or one.stage.key in watched],
        "stages": stages,
        "drum": drum,
        "filter": wanted,
        "found": sum(one.count for one in shown),
        "people": _people(viewer),
        "sources": SOURCES | ({wanted.source: wanted.source} if wanted.source else {}),
        "query": urlencode(_kept(request.GET, stages)),
        "rest": urlencode({key: value for key, value in wanted.query().items() if key != "drum"}),
    }


def _people(viewer: Viewer) -> list[tuple[str, str]]:
    """Whose leads can be asked for: everybody in the drums he sees."""
    org = viewer.org
    found = {person for drum in viewer.drums for person in org.roster(drum.pk, None)} | viewer.people
    members = (org.people[person] for person in found if person in org.people)
    return sorted(
        ((member.key, member.name) for member in members if member.active and not member.technical),
        key=lambda one: one[1],
    )


def _watched(viewer: Viewer, drums: Iterable[Drum]) -> frozenset[str]:
    """The stages in which these drums' leads wait: one of other drums, with nobody in it, would only be in the way."""
    return frozenset(key for drum in drums for key in viewer.org.policies[drum.pk].entry)


def _kept(query: Mapping[str, str], stages: Iterable[Stage]) -> dict[str, str]:
    """What of the address the board understands."""
    known = {*filters.KEYS, *("n-" + stage.key for stage in stages)}
    return {key: value[:64] for key, value in query.items() if key in known}


def _wanted(text: str | None) -> int:
    return min(max(int(text), PAGE), MOST) if text and text.isdecimal() and len(text) < 6 else PAGE


def columns(
    viewer: Viewer,
    stages: list[Stage],
    sizes: Mapping[int, int],
    wanted: Filter,
    query: Mapping[str, str],
    show: Callable[[Card], Shown],
) -> list[Column[Shown]]:
    """The board as this viewer sees it.

    1. Count each stage and find its first cards: by its index, or among the leads that words found or that are late.
    2. The newest cycles of all these, once.
    3. What `show` makes of each card.
    """
    leads = filters.narrowed(viewer.leads(many=True), wanted, viewer)
    picked = filters.picked(leads, wanted, viewer, stages)
    if picked is None:
        wide = bool(wanted.drum or wanted.source)  # found by no index: among the newest alone
        shelves = shelf.by_stage(leads, stages, sizes, viewer if wide else None)
    else:
        shelves = shelf.of_few(picked, stages, sizes)
    cycles = newest_cycles(lead.pk for one in shelves.values() for lead in one.leads)
    made_to_him = claims.among(viewer.person, cycles.values())
    made = []
    for stage in stages:
        one = shelves[stage.pk]
        cards = tuple(show(card(viewer, lead, stage, cycles.get(lead.pk), made_to_him)) for lead in one.leads)
        more = ""
        if one.count > len(cards) and len(cards) < MOST:
            more = urlencode({**_kept(query, stages), "n-" + stage.key: str(len(cards) + PAGE)})
        made.append(Column(stage, one.count, one.oldest, cards, more, one.many))
    return made


def newest_cycles(leads: Iterable[int]) -> dict[int, Cycle]:
    """Each lead's newest cycle, with its holder: of its wide rows what cards show."""
    rows = Cycle.objects.filter(lead__in=list(leads)).select_related("holder").order_by("number")
    return {cycle.lead_id: cycle for cycle in rows.only(*OF_CYCLE)}


def card(viewer: Viewer, lead: Lead, stage: Stage, cycle: Cycle | None, made_to_him: Collection[int]) -> Card:
    """What this viewer sees of the lead and may do with it; `made_to_him`: cycles that are offers to everybody."""
    lead.stage = stage  # known already: no query for it
    allowed = may(lead, cycle, viewer)
    offered = cycle is not None and cycle.state == Cycle.State.OFFERED
    mine = offered and cycle is not None and cycle.holder_id == viewer.person.pk
    return Card(
        lead=lead,
        cycle=cycle,
        remaining=remaining.of(cycle, viewer.org, viewer.now) if cycle else None,
        mine=mine,
        asked=mine or (cycle is not None and cycle.pk in made_to_him),
        claim=offered and cycle is not None and cycle.holder_id is None,
        may_take=allowed["take"],
        may_move=allowed["move"],
    )
