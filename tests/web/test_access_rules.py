"""Who may open what: every address of the pages, for everybody who might try."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leaddrum import access, company
from leaddrum.models import Incident, Person
from leaddrum.web.viewer import Viewer
from tests import toml
from tests.world import COMPANY, Card, World

Browser = Callable[..., Client]

PLAIN = ["home", "board-live", "my", "my-live", "away", "month", "journal", "journal-csv", "password", "add"]
FOR_HEADS = ["import", "untaken", "setup", "now", "now-live"]
FOR_ADMINS = ["unread", "versions", "setup-file", "setup-download"]
PRESSES = ["pause", "resume", "notices-read"]


@pytest.fixture
def stranger(world: World) -> Client:
    """The administrator of another company."""
    file = copy.deepcopy(COMPANY)
    file["company"] |= {"name": "Двери", "key": "dveri"}
    for one in file["people"]:
        one["name"] = one["id"].title()  # nobody there is called as somebody here
    text = toml.dumps(file)
    other = company.apply(company.read(text), text, by="test", now=world.now)
    client = Client()
    admin = Person.objects.get(company=other, key="irina")
    client.force_login(access.account_of(admin), "django.contrib.auth.backends.ModelBackend")
    return client


def lead_pages(lead: Card) -> list[str]:
    _cycle, turn = lead.turn
    return [reverse("lead", args=[lead.id]), reverse("lead-deadline", args=[lead.id, lead.cycle.number, turn])]


def lead_presses(lead: Card) -> list[str]:
    cycle, turn = lead.turn
    return [
        reverse("board-take", args=[lead.id]),
        reverse("board-move", args=[lead.id, "in_work"]),
        reverse("turn-take", args=[cycle, turn]),
        reverse("turn-decline", args=[cycle, turn]),
        *(reverse(f"lead-{verb}", args=[lead.id]) for verb in ("assign", "decide", "delete", "release", "merge")),
    ]


def test_nobody_signed_in_is_sent_to_sign_in_and_changes_nothing(world: World, browser: Browser) -> None:
    lead = world.lead()
    nobody = browser()
    for path in [*(reverse(name) for name in PLAIN + FOR_HEADS + FOR_ADMINS), *lead_pages(lead)]:
        answer = nobody.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith(reverse("sign-in")), path
    for path in [*(reverse(name) for name in PRESSES), *lead_presses(lead)]:
        answer = nobody.post(path, {"reason": "так", "stage": "in_work"})
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("sign-in")), path
    assert lead.state == "offered"


def test_a_page_left_open_after_signing_out_goes_to_sign_in(world: World, browser: Browser) -> None:
    answer = browser().get(reverse("board-live"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, reverse("sign-in"))


@pytest.mark.parametrize(
    ("person", "heads", "admins"), [("anna", 403, 403), ("olga", 200, 403), ("viktor", 200, 403), ("irina", 200, 200)]
)
def test_pages_by_role(world: World, browser: Browser, person: str, heads: int, admins: int) -> None:
    client = browser(person)
    expected = [(PLAIN, 200), (FOR_HEADS, heads), (FOR_ADMINS, admins)]
    for names, status in expected:
        for name in names:
            assert client.get(reverse(name)).status_code == status, name


@pytest.mark.parametrize(
    ("person", "language", "role"),
    [
        ("anna", "ru", "Сотрудник"),
        ("olga", "ru", "Руководитель"),
        ("irina", "ru", "Администратор"),
        ("anna", "en", "Employee"),
    ],
)
def test_the_menu_says_what_one_is(world: World, browser: Browser, person: str, language: str, role: str) -> None:
    assert f"Окна · {role}" in browser(person, language).get("/my").content.decode()


def test_another_company_sees_and_does_nothing(world: World, stranger: Client) -> None:
    lead = world.lead("Окна на дачу")
    world.forward(minutes=31)
    incident = Incident.objects.get(lead=lead.id)
    for path in lead_pages(lead):
        assert stranger.get(path).status_code == 404, path
    presses = [*lead_presses(lead), *(reverse(f"journal-{verb}", args=[incident.pk]) for verb in ("explain", "annul"))]
    for path in presses:
        form = {"stage": "in_work", "reason": "так", "text": "так", "why": "так", "person": "1", "turn": "1"}
        assert stranger.post(path, form).status_code == 404, path
    for name in ("home", "board-live", "my", "journal", "journal-csv"):
        answer: Any = stranger.get(reverse(name))
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert "Окна на дачу".encode() not in text, name
        assert "Анна Ким".encode() not in text, name
    incident.refresh_from_db()
    assert (lead.state, incident.explanation, incident.annulled_at) == ("offered", "", None)


def viewer(world: World, key: str) -> Viewer:
    person = world.person(key)
    return Viewer(person, person.company, world.now)


def test_sight_by_role(db: None) -> None:
    """An employee: his drums' board and his own misses; a head: his departments' and those below; an admin: all."""
    world = World()
    world.person_table("dmitry").update(departments=["moscow"])
    world.person_table("egor").update(departments=["moscow"], role="head")
    departments = [*world.file["departments"], {"id": "moscow", "name": "Москва", "parent": "sales", "head": "egor"}]
    world.file["departments"] = departments
    world.drum_table("moscow").update(entry=["new"], roster={"people": ["dmitry"]}, budget="30m", calendar="office")
    world.apply()
    here = world.lead("Общий")
    there = world.lead("Московский", drum="moscow")
    world.forward(minutes=31)

    def sees(key: str) -> set[str]:
        return set(viewer(world, key).leads().values_list("title", flat=True))

    def misses(key: str) -> set[str | None]:
        found = viewer(world, key).incidents().values_list("person__key", flat=True)
        return set(found)

    assert (here.incidents[0].person, there.incidents[0].person) == (world.person("anna"), world.person("dmitry"))
    assert sees("anna") == sees("boris") == {"Общий"}
    assert sees("dmitry") == sees("egor") == {"Московский"}
    assert sees("olga") == sees("viktor") == sees("irina") == {"Общий", "Московский"}
    assert misses("anna") == {"anna"}
    assert misses("boris") == set()
    assert misses("egor") == {"dmitry"}
    assert misses("olga") == misses("viktor") == misses("irina") == {"anna", "dmitry"}
    assert {drum.key for drum in viewer(world, "anna").drums} == {"drum"}
    assert {drum.key for drum in viewer(world, "olga").drums} == {"drum", "moscow"}


def test_a_lead_of_the_owners_department_is_seen_there_only(db: None) -> None:
    world = World(roster={"owners_department": True}, people={"dmitry": {"departments": ["firm"]}})
    world.lead("Наш", owner="anna")
    assert viewer(world, "boris").leads().count() == 1
    assert viewer(world, "dmitry").leads().count() == 0


def test_what_is_out_of_sight_is_not_found(db: None, browser_of: Callable[[World, str], Client]) -> None:
    world = World(people={"dmitry": {"departments": ["firm"]}})
    lead = world.lead()
    dmitry = browser_of(world, "dmitry")
    assert dmitry.get(reverse("lead", args=[lead.id])).status_code == 404
    assert dmitry.post(reverse("board-take", args=[lead.id])).status_code == 404
    assert lead.holder == "anna"


@pytest.fixture
def browser_of() -> Callable[[World, str], Client]:
    def opened(world: World, key: str) -> Client:
        client = Client()
        client.force_login(access.account_of(world.person(key)), "django.contrib.auth.backends.ModelBackend")
        return client

    return opened


def test_a_colleague_may_take_but_not_move(world: World, browser: Browser) -> None:
    lead = world.lead()
    assert lead.holder == "anna"
    boris = browser("boris")
    assert boris.post(reverse("board-move", args=[lead.id, "junk"])).status_code == 403
    assert (lead.state, lead.stage) == ("offered", "new")
    boris.post(reverse("board-take", args=[lead.id]))
    assert (lead.state, lead.owner) == ("taken", "boris")


def test_who_left_is_let_in_no_more(world: World, browser: Browser) -> None:
    anna = browser("anna")
    assert anna.get("/").status_code == 200
    Person.objects.filter(company=world.company_id, key="anna").update(active=False)
    answer = anna.get("/")
    assert answer.status_code == 403
    assert "больше не работает" in answer.content.decode()


def test_a_get_never_changes_anything(world: World, browser: Browser) -> None:
    lead = world.lead()
    anna = browser("anna")
    for path in [*lead_presses(lead), *(reverse(name) for name in PRESSES), reverse("sign-out"), reverse("theme")]:
        assert anna.get(path).status_code == 405, path
    assert (lead.state, lead.holder) == ("offered", "anna")


def test_forms_need_their_token(world: World) -> None:
    lead = world.lead()
    client = Client(enforce_csrf_checks=True)
    client.force_login(access.account_of(world.person("anna")), "django.contrib.auth.backends.ModelBackend")
    answer = client.post(reverse("board-take", args=[lead.id]))
    assert answer.status_code == 403
    assert "Страница устарела" in answer.content.decode()
    assert lead.state == "offered"
