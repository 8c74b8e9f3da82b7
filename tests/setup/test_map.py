"""The map: drawn from the drum's real settings, with what stands at each step and what came by, each step open."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum.web.map_drawing import BOX, FIRST, LEFT, TITLE, Box, Step, draw
from tests.web.reader import text
from tests.world import World

Browser = Callable[..., Client]


def counts(page: bytes) -> dict[str, int]:
    """The numbers of the list, by step."""
    found = re.findall(
        r'href="/map/drum/(\w+)\?days=\d">[^<]*</a> — <span class="one"><b class="number">(\d+)</b>', page.decode()
    )
    return {step: int(number) for step, number in found}


@pytest.mark.rule("S-6", "S-8", "S-10")
def test_numbers_are_those_of_the_leads(world: World, browser: Browser) -> None:
    world.edit(escalate_after=2, open_offers_cap=1, cooldown="0s")
    client = browser("olga", language="en")
    zero = {"arrived": 0, "held": 0, "offered": 0, "taken": 0, "missed": 0, "head": 0}
    assert counts(client.get("/map").content) == zero
    first, second, third, fourth = (world.lead() for _number in range(4))
    assert counts(client.get("/map").content) == zero | {"arrived": 4, "offered": 3, "held": 1}
    world.take(first, by=str(first.holder))
    world.forward(minutes=61)
    page = client.get("/map").content
    seen = counts(page)
    assert (seen["arrived"], seen["taken"]) == (4, 1)
    assert seen["missed"] == len(world.incidents())
    assert seen["head"] == sum(lead.cycle.misses >= 2 for lead in (second, third, fourth)) > 0
    called = sum(lead.cycle.misses // 2 for lead in (second, third, fourth))
    assert f"yes · {called}<" in page.decode()  # the arrow to the head
    assert called == sum(lead.journal.count("escalated") for lead in (second, third, fourth))
    world.take_card(second, by="olga")  # not in his turn: the lead is taken all the same
    page = client.get("/map").content
    assert counts(page)["taken"] == 2
    seen = counts(page)
    drawn = re.findall(r'<text class="count"[^>]*>(\d+)</text>', page.decode())
    assert sorted(map(int, drawn)) == sorted(seen.values())
    for step, number in seen.items():
        answer = client.get(f"/map/drum/{step}")
        listed = len(re.findall(r'href="/leads/\d+"', answer.content.decode()))
        assert listed == (len({one.lead_id for one in world.incidents()}) if step == "missed" else number), step


def test_it_is_drawn_from_the_settings(world: World, browser: Browser) -> None:
    client = browser("olga", language="en")
    page = text(client.get("/map").content)
    assert "A lead appears — 0 today Stage “Новый”" in page
    assert "30 min of working time. Reminders after 15 min and 24 min." in page
    assert "4 misses?" in page
    assert "no — round again" in page
    assert "Taken in time? Yes — the lead is taken, no — a miss." in page
    assert "Yes — the head is called, no — round again." in page
    assert "A miss in the journal — 0 today Whoever missed it is told who has the lead now" in page
    assert "Head: Ольга Руднева" in page
    world.edit(
        budget="20m", escalate_after=1, escalation="freeze", strategy="claim", warn_at=[], entry=["new", "later"]
    )
    page = text(client.get("/map").content)
    assert "A lead appears — 0 today Stages “Новый”, “Подумает”" in page
    assert "20 min of working time. No reminders." in page
    assert "1 miss?" in page
    assert "no — next offered to all" in page
    assert "0 today The lead is offered to everybody again" in page  # nobody is told of it
    world.edit(rotate=False)
    page = text(client.get("/map").content)
    assert "Offered, the responsible person is told" in page
    assert "0 today Whoever missed it is told; the lead stays" in page
    assert "The drum stops until the head" in page


def boxed(title: str, key: str = "head") -> Box:
    (box,) = draw([Step(key, title, "the drum turns on", 1)]).boxes
    return box


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("Пришёл лид", ["Пришёл лид"]),
        ("Руководитель: Ольга Руднева", ["Руководитель:", "Ольга Руднева"]),
        ("Предложен, ответственному сообщили", ["Предложен,", "ответственному сообщили"]),
        ("Head: Гульнара Абдурахманова-Преображенская", ["Head:", "Гульнара …"]),
        ("A title of many words without any colon at all", ["A title of many words", "without any colon at all"]),
    ],
)
def test_a_title_stands_clear_of_its_number(title: str, lines: list[str]) -> None:
    box = boxed(title)
    assert [line.words for line in box.title] == lines
    assert len(lines[0]) <= FIRST
    assert max(map(len, lines)) <= TITLE


def test_the_numbers_of_the_first_column_are_at_its_left_edge() -> None:
    """A phone shows about 370 units of the drawing's plane, from the left."""
    box = boxed("Пришёл лид", "arrived")
    assert LEFT < box.badge[0] - 26 < box.left < box.badge[0] < box.left + BOX / 2


def test_everybody_sees_his_drums_and_no_other_leads(world: World, browser: Browser) -> None:
    world.drum_table("bosses").update(entry=["new"], budget="1h", roster={"people": ["viktor"]})
    world.apply()
    anna = browser("anna", language="en")
    assert anna.get("/map").status_code == 200
    assert "bosses" not in text(anna.get("/map").content)
    assert anna.get("/map/bosses/offered").status_code == 404
    assert anna.get("/map/drum/nothing").status_code == 404
    assert anna.get("/map/drum/question").status_code == 404
    assert browser().get("/map").status_code == 302


def test_it_asks_no_more_when_there_is_more(world: World, browser: Browser) -> None:
    world.edit(open_offers_cap=1000)
    client = browser("olga")

    def counted() -> list[int]:
        found = []
        for path in ("/map", "/map?days=7", "/map/drum/offered", "/map/drum/missed"):
            client.get(path)
            with CaptureQueriesContext(connection) as seen:
                client.get(path)
            found.append(len(seen))
        return found

    world.leads(2)
    world.forward(minutes=31)
    few = counted()
    world.leads(8)
    world.forward(minutes=31)
    assert counted() == few
