"""The map of the process as boxes, arrows and lines of text, in a box of its own units; coloured by the style sheet."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

LEFT, TOP, WIDTH, HEIGHT = 64, -10, 836, 695  # the part of the plane that is drawn on
BOX = 330  # width of a step
LINE = 18
LETTERS = 38  # of a line of text that fits into a step
TITLE, FIRST = 32, 24  # letters of a line of its title; the first one stands beside the number's badge
LEAST = {"offered": 100}  # heights on which arrows end; of any other step 86


@dataclass(frozen=True, slots=True)
class Step:
    """One step in words. `count`: leads there now (`live`) or in the period; None: it is a question."""

    key: str
    title: str
    what: str
    count: int | None
    live: bool = False
    leads: bool = True  # whether there are leads to be opened


@dataclass(frozen=True, slots=True)
class Text:
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Box:
    step: Step
    x: float
    y: float
    height: float
    title: tuple[Text, ...]
    what: tuple[Text, ...]

    @property
    def left(self) -> float:
        return self.x - BOX / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def question(self) -> bool:
        return self.step.count is None

    @property
    def corners(self) -> str:
        """A question is a rhomb."""
        half = self.height / 2
        points = ((self.x, self.y - half), (self.x + 120, self.y), (self.x, self.y + half), (self.x - 120, self.y))
        return " ".join(f"{x:g},{y:g}" for x, y in points)

    @property
    def badge(self) -> tuple[float, float]:
        """The middle of the number's badge: on the upper left corner, which a phone shows without scrolling."""
        return self.left + 18, self.top - 6


@dataclass(frozen=True, slots=True)
class Arrow:
    path: str
    label: str = ""  # `yes`, `no`, `head`, `next`
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    @property
    def window(self) -> str:
        """The SVG's view box."""
        return f"{LEFT} {TOP} {WIDTH} {HEIGHT}"


MIDDLE, RIGHT = 280, 715
PLACES = {
    "arrived": (MIDDLE, 55),
    "held": (RIGHT, 55),
    "offered": (MIDDLE, 195),
    "question": (MIDDLE, 335),
    "taken": (RIGHT, 335),
    "missed": (MIDDLE, 475),
    "enough": (MIDDLE, 620),
    "head": (RIGHT, 620),
}
ARROWS = (
    Arrow("M280 100V140"),
    Arrow("M445 55H545"),  # nobody there: it waits
    Arrow("M715 100V195H450"),  # and goes on when somebody comes
    Arrow("M280 248V285"),
    Arrow("M400 335H545", "yes", 470, 326),
    Arrow("M280 385V428", "no", 296, 412),
    Arrow("M280 522V568"),
    Arrow("M400 620H545", "head", 470, 611),
    Arrow("M160 620H92V195H110", "next", 80, 410),
)


def draw(steps: Iterable[Step]) -> Drawing:
    """Every step at its place."""
    return Drawing(tuple(_box(step) for step in steps), ARROWS)


def _box(step: Step) -> Box:
    x, y = PLACES[step.key]
    if step.count is None:
        return Box(step, x, y, 100, (Text(y + 5, step.title),), ())
    title = _title(step.title)
    what = textwrap.wrap(step.what, LETTERS, max_lines=3, placeholder=" …")
    height = max(LEAST.get(step.key, 86), (len(title) + len(what)) * LINE + 28)
    first = y - (len(title) + len(what)) * LINE / 2 + 13
    lines = [Text(first + at * LINE, words) for at, words in enumerate((*title, *what))]
    return Box(step, x, y, height, tuple(lines[: len(title)]), tuple(lines[len(title) :]))


def _title(words: str) -> list[str]:
    """Two lines at most; what does not fit into one is broken after its colon: “Head:”, then the name."""
    what, colon, rest = words.partition(": ")
    if colon and len(words) > FIRST:
        return [f"{what}:", textwrap.shorten(rest, TITLE, placeholder=" …", break_on_hyphens=False)]
    lines = textwrap.wrap(words, TITLE, initial_indent=" " * (TITLE - FIRST), max_lines=2, placeholder=" …")
    return [line.strip() for line in lines]
