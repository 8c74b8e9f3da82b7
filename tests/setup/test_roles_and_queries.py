"""Every page of the set-up: for whom it is, and how many queries it makes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.setup.forms import Form
from tests.world import World

Browser = Callable[..., Client]
HEADS = (
    "/setup",
    "/setup/drums/drum",
    "/setup/people",
    "/setup/people/anna",
    "/setup/hours/office",
    "/setup/new-hours",
)
ADMINS = (
    *("/setup/new-drum", "/setup/drums/drum/remove", "/setup/new-person", "/setup/new-people", "/setup/departments"),
    *("/setup/stages", "/setup/routes", "/setup/company", "/setup/file", "/setup/file/company.toml"),
)


@pytest.mark.parametrize(
    ("person", "heads", "admins"),
    [("", 302, 302), ("anna", 403, 403), ("olga", 200, 403), ("irina", 200, 200)],
)
def test_pages_by_role(world: World, browser: Browser, person: str, heads: int, admins: int) -> None:
    client = browser(person)
    assert {path: client.get(path).status_code for path in HEADS} == dict.fromkeys(HEADS, heads)
    assert {path: client.get(path).status_code for path in ADMINS} == dict.fromkeys(ADMINS, admins)
    if person in {"", "anna"}:
        for path in (*HEADS, *ADMINS):
            if not path.endswith(("company.toml", "/setup", "/people")):
                assert client.post(path, {"save": "1", "budget": "1"}).status_code in {302, 403}, path


def test_a_head_is_told_as_many_people_as_his_page_lists(world: World, browser: Browser) -> None:
    for name in ("olga", "irina"):
        client = browser(name, language="en")
        [told] = re.findall(r"(\d+) (?:person|people): departments", client.get("/setup").content.decode())
        assert int(told) == client.get("/setup/people").content.decode().count('<td><a href="/setup/people/')


def test_who_works_here_no_more_is_not_counted(world: World, browser: Browser) -> None:
    def told(name: str) -> int:
        page = browser(name, language="en").get("/setup").content.decode()
        return int(re.findall(r"(\d+) (?:person|people): departments", page)[0])

    before = {name: told(name) for name in ("olga", "irina")}
    world.person_table("anna")["active"] = False
    world.drum_table()["roster"] = {"people": ["boris", "clara"]}
    world.apply()
    assert {name: told(name) for name in before} == {name: count - 1 for name, count in before.items()}


def grown(world: World, by: int) -> None:
    """More of everything: people, absences, drums, calendars, routes, open leads, versions."""
    for number in range(by):
        world.person_table(f"p{by}-{number}")
        world.drum_table(f"d{by}-{number}").update(entry=["new"], budget="1h", roster={"people": ["anna"]})
        world.file["calendars"][f"c{by}-{number}"] = {"weekdays": ["09:00-18:00"]}
        world.file.setdefault("routes", []).append({"when": {"source": [f"s{by}-{number}"]}, "drum": f"d{by}-{number}"})
    world.apply()
    world.leads(by)


@pytest.mark.parametrize("person", ["olga", "irina"])
def test_no_page_asks_more_when_there_is_more(world: World, browser: Browser, person: str) -> None:
    world.edit(open_offers_cap=1000)
    client = browser(person)
    pages = HEADS if person == "olga" else (*HEADS, *ADMINS)

    def counted() -> dict[str, int]:
        found = {}
        for path in pages:
            client.get(path)
            with CaptureQueriesContext(connection) as seen:
                client.get(path)
            found[path] = len(seen)
        return found

    grown(world, 1)
    few = counted()
    grown(world, 9)
    assert counted() == few


def test_a_look_asks_no_more_when_there_is_more_history(world: World, browser: Browser) -> None:
    world.edit(open_offers_cap=1000)
    client = browser("irina")

    def counted() -> int:
        form = Form(client, "/setup/drums/drum").put(budget="20")
        form.press(live=True)
        with CaptureQueriesContext(connection) as seen:
            form.press(live=True)
        return len(seen)

    lead = world.lead()
    world.take(lead, by=str(lead.holder))
    few = counted()
    for lead in world.leads(6):
        world.take(lead, by=str(lead.holder))
    assert counted() == few
