"""A card that is kept as text is the card that would be drawn anew, for everybody and at every moment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string

import leaddrum
from leaddrum.web import board, cards
from leaddrum.web.cards import Cards, Gaps
from tests.web.reader import Browser
from tests.world import World

BOARD = Path(leaddrum.__file__).parent / "templates/leaddrum/board"
FILTERS = {"cycle": {"hold_reason"}}  # read by the filter `held`, which is given the whole cycle


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> Cards:
    kept = Cards()
    monkeypatch.setattr(board, "CARDS", kept)
    return kept


def read(name: str) -> set[str]:
    """What the templates of a card read of this variable."""
    texts = [(BOARD / f"{part}.html").read_text(encoding="utf-8") for part in ("_card", "_ring")]
    return {found for text in texts for found in re.findall(rf"\b{name}\.(\w+)", text)}


def test_a_card_is_kept_under_everything_its_template_reads() -> None:
    assert read("lead") == set(cards.LEAD)
    assert read("cycle") | FILTERS["cycle"] == set(cards.CYCLE)
    assert read("card") - {"lead", "cycle"} == set(cards.CARD) - {"held_until"}  # the filter `held` reads it too
    gaps = {name for name in vars(Gaps) if str(getattr(Gaps, name)).startswith("\x01")}
    assert read("remaining") - gaps - {"at", "stopping"} == set(cards.CLOCK)
    assert read("viewer") == {"now"}  # and the zone and the language, by the filters
    assert read("request") == set()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the cards that were drawn, in their order."""
    found: list[str] = []

    def draw(template: str, told: dict[str, Any]) -> str:
        found.append(told["card"].lead.title)
        return render_to_string(template, told)

    monkeypatch.setattr(cards, "render_to_string", draw)
    return found


def test_a_card_is_drawn_once_for_all_who_see_the_same_of_it(world: World, browser: Browser, drawn: list[str]) -> None:
    balcony, window = world.lead("Балкон"), world.lead("Окно")  # anna's, boris's
    page = browser("clara").get("/board/live").content
    assert drawn == ["Балкон", "Окно"]
    world.forward(seconds=20)
    assert browser("clara").get("/board/live").content != page  # its countdowns go on
    assert drawn == ["Балкон", "Окно"]
    browser("boris").get("/board/live")
    assert drawn[2:] == ["Окно"]  # "your turn"
    world.forward(seconds=20)
    world.take(window, by="boris")
    browser("clara").get("/board/live")
    assert drawn[3:] == ["Окно"]
    world.forward(minutes=1)
    browser("clara").get("/board/live")
    assert drawn[4:] == ["Балкон", "Окно"]  # ages are written in minutes
    assert balcony.holder == "anna"


def test_kept_cards_are_those_that_would_be_drawn_anew(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [browser(person, language) for person in ("anna", "boris", "olga", "irina") for language in ("ru", "en")]
    shared = board.CARDS

    def alike() -> None:
        for one in people:
            monkeypatch.setattr(board, "CARDS", shared)
            kept = one.get("/board/live").content
            monkeypatch.setattr(board, "CARDS", Cards())
            assert one.get("/board/live").content == kept

    first, second = world.lead("Балкон", name="Иван", source="call"), world.lead("Окно")
    alike()
    world.forward(seconds=7)
    alike()
    world.forward(minutes=16)  # half of the budget
    alike()
    world.forward(minutes=15)  # missed, handed over
    alike()
    world.move(first, "in_work", by="olga")
    alike()
    world.lead("Дверь")
    world.take(second, by=second.holder or "")
    alike()
    world.forward(hours=1, minutes=58)  # just before lunch
    third = world.lead("Эркер")
    alike()
    world.forward(minutes=2, seconds=40)  # the clocks stand
    alike()
    world.forward(hours=1)
    alike()
    world.forward(hours=5)  # after closing time, many misses
    world.lead("Ночной")
    alike()
    assert third.cycle.misses > 0


def test_words_that_look_like_a_gap_do_no_harm(world: World, browser: Browser) -> None:
    world.lead("a\x01nonsense\x01b\x01written\x01c")
    page = browser("anna").get("/board/live")
    assert page.status_code == 200


def test_no_more_is_kept_than_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "KEPT", 3)
    kept = Cards()
    for key in range(10):
        assert kept.of(1, key, lambda: "text") == ["text"]
        assert len(kept._texts) <= 3
    kept.of(2, 1, lambda: "of another minute")
    assert len(kept._texts) == 1
