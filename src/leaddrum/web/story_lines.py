"""Journal entries as the steps of a story: one sentence each, and who was considered with the reason why not (S-20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from leaddrum import deliveries, words
from leaddrum.core.cycle import Line
from leaddrum.models import Cycle, Delivery, Entry, Lead

PAGE = 60
"""Steps on one page of a story; a lead that went round for weeks is read in parts."""

LISTED = 10
"""Candidates of one choice that a page lists at once; of a longer list all of it is asked for when it is opened."""

TONES = {
    "taken": "good",
    "missed": "bad",
    "escalated": "bad",
    "offer_undelivered": "bad",
    "held": "wait",
    "hold_told": "wait",
    "reminded": "wait",
    "offered": "turn",
    "pinned": "turn",
    "arrived": "turn",
    "annulled": "good",
    "no_contact": "wait",
    "contact_moved": "wait",
    "false_take": "bad",
    "failed": "bad",
}


@dataclass(frozen=True, slots=True)
class Considered:
    """One candidate of one choice, as the page says it."""

    name: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Step:
    pk: int
    at: datetime
    kind: str
    text: str
    tone: str
    seq: int  # of the entry within its cycle
    considered: tuple[Considered, ...]  # the first of them
    others: int  # so many more
    turn: int | None  # of an offer: its deadline can be explained
    because: str = ""  # of an offer: why it is he
    told: tuple[str, ...] = ()  # by which channels it went


@dataclass(frozen=True, slots=True)
class Chapter:
    """One cycle, its steps in the order they happened."""

    cycle: Cycle
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Newest cycle first. `earlier`: pass as `before` for the steps that did not fit."""

    chapters: tuple[Chapter, ...]
    earlier: int | None


def story(lead: Lead, before: int | None, names: Mapping[int, str], zone: ZoneInfo, stages: Mapping[str, str]) -> Story:
    """The newest steps of a lead's story older than the entry `before`, in three queries however long it is."""
    cycles = {cycle.pk: cycle for cycle in Cycle.objects.filter(lead=lead).select_related("drum")}
    found = Entry.objects.filter(cycle__in=list(cycles))
    if before is not None:
        found = found.filter(pk__lt=before)
    newest = list(found.order_by("-pk")[: PAGE + 1])
    earlier = newest[PAGE - 1].pk if len(newest) > PAGE else None
    entries = newest[:PAGE][::-1]
    told = deliveries.of((entry.cycle_id, entry.data["turn"]) for entry in entries if entry.kind == "offered")
    steps: dict[int, list[Step]] = {}
    for entry in entries:
        tried = told.get((entry.cycle_id, entry.data["turn"]), []) if entry.kind == "offered" else []
        steps.setdefault(entry.cycle_id, []).append(_step(entry, names, zone, stages, tried))
    chapters = (Chapter(cycles[pk], tuple(told)) for pk, told in steps.items())
    return Story(tuple(sorted(chapters, key=lambda one: -one.cycle.number)), earlier)


def _step(
    entry: Entry, names: Mapping[int, str], zone: ZoneInfo, stages: Mapping[str, str], tried: list[Delivery]
) -> Step:
    candidates = entry.data.get("candidates", ())
    lines = considered(candidates[:LISTED], names, zone, entry.at)
    return Step(
        pk=entry.pk,
        at=entry.at,
        kind=entry.kind,
        text=words.entry(entry, names, zone, stages),
        tone=TONES.get(entry.kind, ""),
        seq=entry.seq,
        considered=tuple(lines),
        others=max(0, len(candidates) - LISTED),
        turn=entry.data["turn"] if entry.kind == "offered" else None,
        because=_because(lines) if entry.kind == "offered" else "",
        told=tuple(words.delivery(row, zone, entry.at) for row in tried),
    )


def _because(lines: list[Considered]) -> str:
    """“Anna gets the turn: longest without an offer.” An offer to everybody has a sentence of its own."""
    chosen = [line for line in lines if line.chosen]
    if not chosen:
        return ""
    if len(chosen) > 1:
        return _("Everybody is offered it at once: the first to take it has it.")
    return f"{chosen[0].name} {chosen[0].text}."


def considered(
    candidates: Sequence[Sequence[Any]], names: Mapping[int, str], zone: ZoneInfo, near: datetime
) -> list[Considered]:
    """Each candidate with his one reason, the chosen one first as the engine wrote them. `near`: when it was."""
    lines = (Line(int(line[0]), str(line[1]), str(line[2])) for line in candidates)
    return [
        Considered(names.get(line.person, "?"), words.reason(line, names, zone, near), line.code == "chosen")
        for line in lines
    ]
