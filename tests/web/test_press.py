"""The page behind the link of a mail: one press takes, looking never does (S-34)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum import links
from leaddrum.models import Person
from tests.web.reader import text
from tests.world import Card, World, expect_offer, expect_taken

pytestmark = pytest.mark.rule("S-34")


def link(lead: Card, person: str, turn: int = 0) -> str:
    cycle, newest = lead.turn
    return "/t/" + links.make(cycle, turn or newest, lead.world.pk(person))


@pytest.fixture
def phone() -> Client:
    """A browser nobody ever signed in with; it sends no CSRF token."""
    client = Client(enforce_csrf_checks=True)
    client.cookies["django_language"] = "en"
    return client


def test_looking_takes_nothing_and_the_press_takes(world: World, phone: Client) -> None:
    lead = world.lead("Балкон", owner="anna", phone="1", phone_key="+74955550101")
    for look in (phone.get, phone.head, phone.get):
        answer = look(link(lead, "anna"))
        assert answer.status_code == 200
    expect_offer(lead, to="anna")
    page = phone.get(link(lead, "anna"))
    assert "Балкон" in text(page.content)
    assert (page["X-Robots-Tag"], page["Referrer-Policy"]) == ("noindex", "no-referrer")
    taken = phone.post(link(lead, "anna"))
    assert taken.status_code == 200
    assert 'href="tel:+74955550101"' in taken.content.decode()
    expect_taken(lead, by="anna")
    assert "sessionid" not in phone.cookies, "the link signs nobody in"


def test_the_holder_who_comes_back_sees_that_it_is_his(world: World, phone: Client) -> None:
    lead = world.lead(owner="anna")
    phone.post(link(lead, "anna"))
    assert phone.get(link(lead, "anna")).status_code == 200
    assert "Лид ваш" in text(phone.get(link(lead, "anna")).content)


def test_the_page_speaks_the_language_of_who_presses(world: World, phone: Client) -> None:
    world.person_table("anna")["language"] = "en"
    world.apply()
    lead = world.lead(owner="anna")
    assert ">Take<" in phone.get(link(lead, "anna")).content.decode()
    lead = world.lead(owner="boris")
    assert ">Взять в работу<" in phone.get(link(lead, "boris")).content.decode()


def test_an_old_link_says_where_the_lead_is_and_changes_nothing(world: World, phone: Client) -> None:
    lead = world.lead(owner="anna")
    world.forward(minutes=31)
    expect_offer(lead, to="boris")
    old = link(lead, "anna", turn=1)
    assert "Борис Левин" in text(phone.get(old).content)
    answer = phone.post(old)
    assert answer.status_code == 409
    assert "Борис Левин" in text(answer.content)
    assert "11:00" in text(answer.content)
    expect_offer(lead, to="boris")


def test_a_link_of_one_person_is_no_use_to_another(world: World, phone: Client) -> None:
    lead = world.lead(owner="anna")
    answer = phone.post(link(lead, "boris"))
    assert answer.status_code == 409
    expect_offer(lead, to="anna")


@pytest.mark.rule("S-35")
def test_of_two_presses_the_second_is_told_who_was_faster(world: World, phone: Client) -> None:
    world.edit(strategy="claim")
    lead = world.lead()
    assert phone.post(link(lead, "anna")).status_code == 200
    answer = phone.post(link(lead, "boris"))
    assert (answer.status_code, "Анна Ким" in text(answer.content)) == (409, True)
    expect_taken(lead, by="anna")


def test_nonsense_damage_and_age_find_nothing(world: World, phone: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = world.lead(owner="anna")
    good = link(lead, "anna")
    for bad in ("/t/nonsense", good[:-1] + ("a" if good[-1] != "a" else "b"), "/t/" + links.make(10**9, 1, 1)):
        for ask in (phone.get, phone.post):
            assert ask(bad).status_code == 404, bad
    monkeypatch.setattr(links, "MAX_AGE", links.MAX_AGE * 0)
    assert phone.post(good).status_code == 404
    expect_offer(lead, to="anna")


def test_who_left_takes_nothing(world: World, phone: Client) -> None:
    lead = world.lead(owner="anna")
    good = link(lead, "anna")
    Person.objects.filter(pk=world.pk("anna")).update(active=False)
    assert phone.post(good).status_code == 404
    assert lead.state == "offered"


def test_a_person_of_another_company_takes_nothing(db: None, phone: Client) -> None:
    there, here = World(), World()
    lead = here.lead(owner="anna")
    cycle, turn = lead.turn
    assert phone.post("/t/" + links.make(cycle, turn, there.pk("anna"))).status_code == 404
    expect_offer(lead, to="anna")


def test_the_number_of_queries_does_not_grow_with_the_leads(world: World, phone: Client) -> None:
    world.edit(open_offers_cap=100)
    lead = world.lead(owner="anna")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert phone.get(link(lead, "anna")).status_code == 200
        return len(seen)

    queries()  # the company's people and hours are kept from now on
    few = queries()
    world.leads(30)
    assert queries() == few
