"""Connecting a portal on the page: the founder's way, an administrator's, and what is refused with which words."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from leaddrum import access, clock
from leaddrum.crm.bitrix24 import access as ways
from leaddrum.crm.bitrix24 import clients
from leaddrum.engine import org
from leaddrum.models import Account, Company, Lead, Person, Portal, Stage
from tests.bitrix24.portal import Portal as Double
from tests.bitrix24.portal import Server, sample
from tests.world import World

PAGE = "/setup/bitrix24"
SECRET = "s3cr3tw0rd"
ANSWERS: dict[str, Any] = {
    "stage": "1/0/NEW",
    "who": "people",
    "people": ["27", "31"],
    "budget": "30 мин",
    "misses": "4",
    "hours": "always",
}


@pytest.fixture(autouse=True)
def outside(db: None, portal: Double, server: Server, settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA = tmp_path
    cache.clear()
    org.forget()
    with clock.reading(portal.clock.now):
        yield
    clients.forget()
    org.forget()


@pytest.fixture
def founder() -> Client:
    client = Client()
    client.cookies["django_language"] = "ru"
    secret = access.founding_link(now=clock.now(), minutes=60)
    assert client.post(f"/sign-in/link/{secret}").status_code == 302
    return client


def told(browser: Client, status: int = 200, /, **fields: Any) -> str:
    """What the page answers; the secret is in none of its answers."""
    answer = browser.post(PAGE, fields) if fields else browser.get(PAGE)
    assert answer.status_code == status, answer.content.decode()
    assert SECRET not in answer.content.decode()
    return html.unescape(answer.content.decode())


def test_from_nothing_to_a_watching_drum(founder: Client, portal: Double, tmp_path: Path) -> None:
    lead = portal.lead("Окна на дачу", by=0)
    before = dict(portal.item(lead))
    assert "Адрес" in told(founder)
    asked = told(founder, step="look", address=portal.webhook(sample.ADMIN, secret=SECRET))
    assert "Ирина Админова" in asked
    assert "Отдел продаж (4)" in asked
    assert 'name="watch" value="1" checked' in asked
    shown = told(founder, step="show", watch="1", **ANSWERS)
    assert "Окна на дачу" in shown
    assert "будет предложен: Анна Котова" in shown
    assert not Company.objects.exists()  # nothing was done so far
    done = founder.post(PAGE, {"step": "connect", "watch": "1", **ANSWERS}, follow=True)
    assert "Подключено" in done.content.decode()
    assert Portal.objects.get().settings["watch_only"]
    assert Person.objects.get(key="b24:1").account is not None  # and he is signed in as himself
    assert done.wsgi_request.user == Person.objects.get(key="b24:1").account
    assert not Account.objects.filter(username="founder").exists()
    assert portal.item(lead) == before
    assert portal.lists == {}
    assert ways.file_of("bitrix24").read_text().count(SECRET) == 1
    # Watched long enough: the same page lets it turn.
    told(founder, step="look", address=portal.webhook(sample.ADMIN, secret=SECRET))
    assert founder.post(PAGE, {"step": "connect", **ANSWERS}).status_code == 302
    assert not Portal.objects.get().settings["watch_only"]
    assert portal.journal("leaddrum_journal").elements == {}


def test_the_administrator_of_a_company_that_has_no_leads_yet(portal: Double) -> None:
    world = World()
    irina = Client()
    irina.force_login(access.account_of(world.person("irina")), "django.contrib.auth.backends.ModelBackend")
    portal.lead("Окна", by=0)
    told(irina, step="look", address=portal.webhook(sample.ADMIN, secret=SECRET))
    assert irina.post(PAGE, {"step": "connect", **ANSWERS, "hours": "office"}).status_code == 302
    company = Company.objects.get()
    assert (company.pk, company.crm) == (world.company_id, "bitrix24")
    assert Person.objects.get(key="irina").role == "admin"  # who was here stays
    assert {stage.key for stage in Stage.objects.filter(company=company, active=True)} >= {"lead:NEW", "lead:JUNK"}
    assert Portal.objects.get(company=company).settings["watches"][0]["entry"] == ["NEW"]


def test_leads_of_the_board_do_not_move(portal: Double) -> None:
    world = World()
    world.lead()
    irina, anna = Client(), Client()
    irina.force_login(access.account_of(world.person("irina")), "django.contrib.auth.backends.ModelBackend")
    anna.force_login(access.account_of(world.person("anna")), "django.contrib.auth.backends.ModelBackend")
    hook = portal.webhook(sample.ADMIN, secret=SECRET)
    assert "со своей доской" in told(irina, 422, step="look", address=hook)
    assert Company.objects.get().crm == "board"
    assert Lead.objects.count() == 1
    assert anna.get(PAGE).status_code == anna.post(PAGE, {"step": "look", "address": hook}).status_code == 403
    assert Client().get(PAGE).status_code in (302, 403)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "пуст"),
        ("http://example.com/rest/1/x/", "https://"),
        ("https://example.com/", "входящ"),
        ("{hook}x", "отозван"),
    ],
)
def test_a_wrong_address(founder: Client, portal: Double, address: str, words: str) -> None:
    hook = portal.webhook(sample.ADMIN, secret=SECRET)
    given = address.replace("{hook}x", hook.replace(SECRET, "other"))
    assert words in told(founder, 422, step="look", address=given)


def test_what_the_portal_lacks_is_said(founder: Client, portal: Double) -> None:
    assert "«department»" in told(founder, 422, step="look", address=portal.webhook(1, ["crm", "user"], SECRET))
    few = portal.webhook(1, ["crm", "user", "department"], SECRET)
    assert "«lists»" in told(founder, step="look", address=few)
    assert "администратор" in told(founder, 422, step="look", address=portal.webhook(sample.HEAD, secret=SECRET))


def test_the_founder_is_somebody_who_works_there(founder: Client, portal: Double) -> None:
    """Else he would be nobody in the company that he has made, and his link would be used up."""
    portal.user(2, "Инте", "Гратор", admin=True, kind="extranet")
    refused = told(founder, 422, step="look", address=portal.webhook(2, secret=SECRET))
    assert "который работает в портале" in refused
    assert not Company.objects.exists()
    told(founder, step="look", address=portal.webhook(sample.ADMIN, secret="another1"))


@pytest.mark.parametrize(
    "wrong", [{"stage": "1/0/GONE"}, {"stage": "x"}, {"people": []}, {"budget": "0"}, {"misses": "x"}, {"who": ""}]
)
def test_answers_that_do_not_fit_are_asked_again(founder: Client, portal: Double, wrong: dict[str, Any]) -> None:
    told(founder, step="look", address=portal.webhook(1, secret=SECRET))
    again = told(founder, 422, step="show", **(ANSWERS | wrong))
    assert 'name="budget"' in again
    assert "error" in again
    assert not Company.objects.exists()
