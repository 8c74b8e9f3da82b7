"""From nothing to a taken lead: the link the server prints, five steps, and nobody else gets in that way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from leaddrum import access, clock
from leaddrum.models import Account, Company, Cycle, Lead, Person
from tests.setup.forms import Form
from tests.web.reader import text
from tests.world import World

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday, 12:00 in Moscow
BEGUN = {
    "company": "Окна-Сервис",
    "zone": "Europe/Moscow",
    "hours": "9-13, 14-18",
    "saturday": "",
    "holidays": "RU",
    "name": "Ирина Котова",
    "email": "irina@example.com",
}


@pytest.fixture
def founder() -> Client:
    """Signed in by the link of an empty installation."""
    client = Client()
    client.cookies["django_language"] = "en"
    secret = access.founding_link(now=clock.now(), minutes=60)
    assert client.post(f"/sign-in/link/{secret}").status_code == 302
    return client


def test_an_empty_installation_leads_to_its_first_lead(founder: Client) -> None:
    with clock.reading(lambda: NOON):
        assert founder.get("/").headers["Location"] == "/first"
        assert "Let us begin" in text(founder.get("/first").content)
        assert founder.post("/first", BEGUN).headers["Location"] == "/first/2"
        company = Company.objects.get()
        assert (company.name, company.first_step, company.version) == ("Окна-Сервис", 2, 1)
        me = Person.objects.get()
        assert (me.role, me.email) == ("admin", "irina@example.com")
        assert not Account.objects.filter(username="founder").exists()

        people = Form(founder, "/first/2")
        people.put(lines="Анна Ким\tanna@example.com\nБорис Левин\tboris@example.com").press()
        assert "New employee Анна Ким" in people.said
        assert people.press("save").headers["Location"] == "/first/3"
        assert [one.departments.get().key for one in Person.objects.all()] == ["sales"] * 3

        assert founder.get("/first").headers["Location"] == "/first/3"  # left, and resumed
        drum = Form(founder, "/first/3").put(budget="20", escalate_after="3")
        drum.press()
        assert "Budget: 30 min → 20 min" in drum.said
        assert drum.press("save").headers["Location"] == "/first/4"
        assert "/f/okna-servis/leads" in founder.get("/first/4").content.decode()
        assert founder.post("/first/4/on").headers["Location"] == "/first/5"

        founder.post("/first/5")
        cycle = Cycle.objects.get()
        assert (cycle.state, cycle.holder, cycle.due_at) == ("offered", me, NOON + timedelta(minutes=20))
        assert "until 12:20" in text(founder.get("/first/5").content)
        founder.post(f"/board/{cycle.lead_id}/take", {"next": "/first/5"})
        assert "Taken. That is all there is to it." in text(founder.get("/first/5").content)
        founder.post(f"/leads/{cycle.lead_id}/delete")
        assert Lead.objects.get().deleted_at is not None
        assert founder.post("/first/5/on").headers["Location"] == "/"
        company.refresh_from_db()
        assert company.first_step is None
        assert founder.get("/").status_code == 200


@pytest.mark.rule("S-21")
def test_at_night_the_test_lead_waits_and_can_be_taken_all_the_same(founder: Client) -> None:
    with clock.reading(lambda: NOON + timedelta(hours=12)):
        founder.post("/first", BEGUN)
        founder.post("/first/5")
        page = text(founder.get("/first/5").content)
        assert "outside service hours" in page
        founder.post(f"/board/{Lead.objects.get().pk}/take", {"next": "/first/5"})
        assert "Taken." in text(founder.get("/first/5").content)


@pytest.mark.rule("S-46")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"hours": "all day"}, "is no span of time"),
        ({"hours": ""}, "Never opens"),
        ({"zone": "Moscow"}, "Unknown time zone"),
        ({"company": ""}, "This is needed"),
        ({"name": ""}, "This is needed"),
        ({"email": "irina"}, "is no e-mail address"),
    ],
)
def test_mistakes_are_said_and_nothing_is_made(founder: Client, wrong: dict[str, str], said: str) -> None:
    answer = founder.post("/first", BEGUN | wrong)
    assert answer.status_code == 422
    assert said in text(answer.content)
    assert not Company.objects.exists()


def test_nobody_founds_without_the_link() -> None:
    assert Client().get("/first").status_code == 403
    assert Client().post("/first", BEGUN).status_code == 403
    assert not Company.objects.exists()


def test_only_the_newest_link_opens_and_only_once() -> None:
    old = access.founding_link(now=clock.now(), minutes=60)
    new = access.founding_link(now=clock.now(), minutes=60)
    assert Client().post(f"/sign-in/link/{old}").status_code == 410
    assert Client().post(f"/sign-in/link/{new}").status_code == 302
    assert Client().post(f"/sign-in/link/{new}").status_code == 410


def test_the_founder_is_shut_out_once_there_is_a_company(founder: Client, world: World) -> None:
    assert founder.get("/first").status_code == 403
    assert founder.post("/first", BEGUN | {"company": "Чужая"}).status_code == 403
    assert Company.objects.count() == 1


def test_steps_are_for_administrators(world: World) -> None:
    client = Client()
    client.force_login(access.account_of(world.person("olga")), "django.contrib.auth.backends.ModelBackend")
    assert client.get("/first/2").status_code == 403
    assert client.get("/first").headers["Location"] == "/"
