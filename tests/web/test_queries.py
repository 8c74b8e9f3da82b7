"""How many queries a page makes does not depend on how much there is to show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum.intake import table
from leaddrum.models import Import, Incident, Lead, Request
from tests.world import World

Browser = Callable[..., Client]
PAGES = {
    "anna": (
        "/",
        "/board/live",
        "/?drum=drum",
        "/my",
        "/my/live",
        "/my/away",
        "/my/month",
        "/journal",
        "/add",
        "/leads/{lead}",
    ),
    "olga": (
        *(
            "/",
            "/board/live",
            "/my",
            "/my/live",
            "/journal",
            "/journal?person=anna",
            "/import",
            "/setup",
            "/setup/drums/drum",
        ),
        *("/leads/{lead}", "/leads/{lead}/live", "/now", "/now/live"),
    ),
    "irina": (
        *("/", "/board/live", "/my", "/my/live"),
        "/journal",
        "/journal/unread",
        "/settings/versions",
        "/setup",
        "/setup/file",
        "/admin/",
        "/import/{table}",
    ),
    "": ("/sign-in", "/sign-in/link"),
}


def a_day(world: World, leads: int) -> None:
    """Leads that arrive, are missed, explained, taken; requests nobody could read; a table; a new version."""
    # By place, not by number: on PostgreSQL numbers go on from other tests, and Anna must have missed one on each day.
    for place, lead in enumerate(world.leads(leads, name="Клиент", phone="1", text="Окно", source="call")):
        if place % 3 == 2:
            world.take(lead, by=str(lead.holder))
    world.forward(minutes=31)
    for incident in world.incidents()[-leads // 2 :]:
        if incident.person and not incident.explanation:
            world.explain(incident, "сбой связи", by=incident.person.key)
    for number in range(leads):
        problem = {"where": "title", "what": "нет"}
        Request.objects.create(
            company=world.company, channel="api", received_at=world.now, errors=[problem], payload={}
        )
        table.load(
            world.company, None, f"{number}.csv", f"Имя;Телефон\nИван {leads};{number}\n".encode(), now=world.now
        )
    world.edit(cooldown=f"{leads}m")


@pytest.mark.parametrize("person", PAGES)
def test_no_page_asks_more_when_there_is_more(world: World, browser: Browser, person: str) -> None:
    world.edit(open_offers_cap=1000)
    client = browser(person)

    def counted() -> dict[str, int]:
        found = {}
        first = {"lead": Lead.objects.earliest("pk").pk, "table": Import.objects.earliest("pk").pk}
        for path in (page.format(**first) for page in PAGES[person]):
            client.get(path)  # the company's people and hours are kept from now on
            with CaptureQueriesContext(connection) as seen:
                assert client.get(path).status_code in {200, 302}, path
            found[path] = len(seen)
        return found

    a_day(world, 3)
    few = counted()
    a_day(world, 27)
    assert Incident.objects.count() > 20
    assert counted() == few
