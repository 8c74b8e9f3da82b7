"""The board narrowed by what its address asks for, and a lead beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.reader import text
from tests.world import World

Browser = Callable[..., Client]


@pytest.fixture
def floor(world: World) -> World:
    """Three that wait, one of them late, and one in work."""
    world.lead("Балкон на Лесной", owner="anna", source="form", name="Иван Пробный", phone_key="+74955550101")
    world.forward(minutes=25)
    world.lead("Окно", owner="boris", source="call", email="Petr@Example.com")
    world.lead("Дверь", owner="clara", source="form", name="ПЕТРОВ Илья")
    world.take(world.lead("Терраса", owner="boris", source="form"), by="boris")
    return world


def titles(client: Client, query: str) -> set[str]:
    page = text(client.get("/" + query).content)
    return {title for title in ("Балкон", "Окно", "Дверь", "Терраса") if title in page}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Балкон", "Окно", "Дверь", "Терраса"}),
        ("?person=boris", {"Окно", "Терраса"}),
        ("?person=nobody", set()),
        ("?source=form", {"Балкон", "Дверь", "Терраса"}),
        ("?text=лесной", {"Балкон"}),
        ("?text=петров", {"Дверь"}),
        ("?text=petr@", {"Окно"}),
        ("?text=8 495 555-01-01", {"Балкон"}),
        ("?text=иван&source=call", set()),
        ("?late=1", {"Балкон"}),
        ("?late=yes&text=%00", {"Балкон", "Окно", "Дверь", "Терраса"}),
    ],
)
def test_an_address_narrows_the_board(floor: World, browser: Browser, query: str, found: set[str]) -> None:
    for path in ("", "board/live"):
        assert titles(browser("olga", "en"), path + query) == found
    page = browser("olga", "en").get("/board/live" + query).content.decode()
    says_so = "Nothing in trouble here." if "late=1" in query else "Nothing found."
    assert (says_so in page) == (bool(query) and "late=yes" not in query)


def test_the_filter_says_what_it_found_and_the_way_back(floor: World, browser: Browser) -> None:
    page = browser("olga", "en").get("/?source=form&drum=drum").content.decode()
    assert "3 leads · Show all" in text(page.encode())
    assert '<option value="form" selected>' in page
    assert "board/live?source=form&amp;drum=drum" in page or "board/live?drum=drum&amp;source=form" in page


def test_late_are_those_that_were_missed_and_those_nobody_has(world: World, browser: Browser) -> None:
    missed = world.lead("Окно", owner="anna")
    world.forward(minutes=31)
    world.lead("Балкон")
    assert missed.holder == "boris"
    assert titles(browser("olga"), "?late=1") == {"Окно"}
    for person in ("anna", "boris", "clara"):
        world.pause(person)
    assert titles(browser("olga"), "?late=1") == {"Окно", "Балкон"}


def test_a_lead_stands_beside_the_board(floor: World, browser: Browser) -> None:
    lead = floor.lead("Рядом", owner="anna", text="Что он написал")
    page = text(browser("olga", "en").get(f"/?lead={lead.id}").content)
    assert page.count("Что он написал") == 1
    assert "Story" in page
    whole, alone = (
        browser("olga").get(path).content.decode() for path in (f"/?lead={lead.id}", f"/leads/{lead.id}/panel")
    )
    assert whole.count('id="close"') == alone.count('id="close"') == 1  # the same by its address as by a press
    assert text(browser("olga", "en").get(f"/leads/{lead.id}/panel").content).count("Рядом") >= 1
    for nonsense in ("x", "99999999", "-1"):
        assert browser("olga").get("/", {"lead": nonsense}).status_code == 200
    assert browser("olga").get("/leads/99999999/panel").status_code == 404


def test_work_of_years_is_not_counted(world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaddrum.web.shelf.COUNTED", 3)
    world.edit(open_offers_cap=10)
    for lead in world.leads(5, owner="anna"):
        world.take(lead, by="anna")
    assert "В работе 3+" in text(browser("olga").get("/").content)


def test_words_are_not_looked_for_in_the_work_of_years(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaddrum.web.filter.SEARCHED", 2)
    world.edit(open_offers_cap=10)
    for number in range(4):
        world.forward(minutes=1)
        world.take(world.lead(f"Дверь {number}", owner="anna", source="form"), by="anna")
    for number in range(4, 7):
        world.lead(f"Дверь {number}", owner="anna", source="form")
    for query in ("?text=дверь", "?drum=drum", "?source=form"):
        page = text(browser("olga").get("/" + query).content)
        assert [number for number in range(7) if f"Дверь {number}" in page] == [2, 3, 4, 5, 6]  # what waits: all of it


def test_what_is_late_elsewhere_stays_there(floor: World, browser: Browser) -> None:
    """The leads that are late are found by number: none of a drum that is not his is among them."""
    floor.person_table("egor").update(departments=["other"], role="head")
    floor.file["departments"].append({"id": "other", "name": "Другие", "head": "egor"})
    floor.apply()
    assert titles(browser("olga"), "?late=1") == {"Балкон"}
    assert titles(browser("egor"), "?late=1") == titles(browser("egor"), "?late=1&text=балкон") == set()
    assert titles(browser("olga"), "?late=1&text=балкон&drum=drum&person=anna") == {"Балкон"}
    assert titles(browser("olga"), "?late=1&person=boris") == titles(browser("olga"), "?late=1&text=окно") == set()


@pytest.mark.parametrize("query", ["?text=a", "?late=1", "?person=anna", "?lead={lead}"])
def test_filters_ask_no_more_when_there_is_more(world: World, browser: Browser, query: str) -> None:
    world.edit(open_offers_cap=100)
    path = "/" + query.format(lead=world.leads(4)[0].id)
    client = browser("olga")
    client.get(path)
    counts = []
    for more in (3, 30):
        world.leads(more, name="a")
        world.forward(minutes=29)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
