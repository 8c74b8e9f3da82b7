"""A card of the board as text, drawn once for everybody who sees the same of it.

Two hundred people with the board open see mostly the same cards, and what changes is mostly one of them. So a card is
kept as text, under everything its template reads. Only the countdown goes on from second to second: where its figures
belong the text has gaps, which each answer fills in for itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from leaddrum.models import Stage
from leaddrum.web.remaining import Remaining

if TYPE_CHECKING:
    from leaddrum.web.board import Card
    from leaddrum.web.viewer import Viewer

TEMPLATE = "leaddrum/board/_card.html"
LEAD = ("pk", "title", "name", "source", "arrived_at", "stage_id", "priority")
CYCLE = ("pk", "state", "turn_number", "misses", "error", "due_at", "hold_reason")
CARD = ("person", "mine", "asked", "claim", "may_take", "may_move", "open", "held_until")
CLOCK = ("budget", "level", "runs", "resumes_at")
"""What the template reads of each. A test holds these lists against it."""
KEPT = 5_000
"""Cards kept at most, some 2.5 kB each."""

_of_lead, _of_cycle, _of_card, _of_clock = (attrgetter(*names) for names in (LEAD, CYCLE, CARD, CLOCK))
FIGURES = ("seconds", "written", "percent", "epoch", "stopping")
_GAP = re.compile("\x01(" + "|".join(FIGURES) + ")\x01")


@dataclass(frozen=True, slots=True)
class Gaps:
    """In a text that is kept: a turn's `Remaining` with gaps for the figures that go on."""

    at: datetime
    budget: int
    level: str
    runs: bool
    stopping: str  # empty: it does not stop
    resumes_at: datetime | None

    seconds: ClassVar[str] = "\x01seconds\x01"
    written: ClassVar[str] = "\x01written\x01"
    percent: ClassVar[str] = "\x01percent\x01"
    epoch: ClassVar[str] = "\x01epoch\x01"

    @classmethod
    def of(cls, clock: Remaining) -> Gaps:
        stopping = "\x01stopping\x01" if clock.stopping else ""
        return cls(clock.at, clock.budget, clock.level, clock.runs, stopping, clock.resumes_at)


@dataclass
class Cards:
    """The texts one process keeps: of the current minute, for waiting times are written in minutes."""

    _texts: dict[Hashable, Sequence[str]] = field(default_factory=dict)
    _minute: int = 0
    _lock: Lock = field(default_factory=Lock)

    def of(self, minute: int, key: Hashable, draw: Callable[[], str]) -> Sequence[str]:
        """The text under this key, cut at its gaps: literal, gap, literal, …; drawn if it is not there."""
        with self._lock:
            if self._minute != minute or len(self._texts) >= KEPT:
                self._texts, self._minute = {}, minute
            kept = self._texts.get(key)
        if kept is None:
            kept = _GAP.split(draw())  # two may draw it at once: both draw the same
            with self._lock:
                self._texts[key] = kept
        return kept


@dataclass(frozen=True)
class Drawing:
    """Draws the cards of one answer."""

    viewer: Viewer
    stages: Sequence[Stage]  # to which a card can be moved
    kept: Cards

    def card(self, card: Card) -> SafeString:
        """The card as this viewer sees it now."""
        clock = card.remaining
        pieces = self.kept.of(int(self.viewer.now.timestamp()) // 60, self._key(card), lambda: self._draw(card))
        if clock is None or len(pieces) == 1:
            return SafeString("".join(pieces))
        filled = [getattr(clock, piece) if number % 2 else piece for number, piece in enumerate(pieces)]
        return SafeString("".join(filled))

    @cached_property
    def _common(self) -> Hashable:
        stages = tuple((stage.pk, stage.key, stage.title) for stage in self.stages)
        return self.viewer.company.pk, get_language(), str(self.viewer.zone), stages

    def _key(self, card: Card) -> Hashable:
        cycle = _of_cycle(card.cycle) if card.cycle else None
        clock = (_of_clock(card.remaining), bool(card.remaining.stopping)) if card.remaining else None
        return self._common, _of_lead(card.lead), cycle, _of_card(card), clock

    def _draw(self, card: Card) -> str:
        clock = Gaps.of(card.remaining) if card.remaining else None
        told = {"card": card, "remaining": clock, "stages": self.stages, "viewer": self.viewer}
        return render_to_string(TEMPLATE, told)
