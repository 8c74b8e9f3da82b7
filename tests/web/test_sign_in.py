"""Coming in and going out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import structlog
from axes.models import AccessAttempt, AccessLog
from django.core import mail
from django.test import Client
from django.urls import reverse

from leaddrum import access
from leaddrum.models import Account, Person
from leaddrum.web import access as pages
from tests.world import World

Browser = Callable[..., Client]
SECRET = "короткая ночь в июне"


@pytest.fixture
def anna(world: World) -> Account:
    Person.objects.filter(company=world.company_id, key="anna").update(email="Anna@example.com")
    account = access.account_of(world.person("anna"))
    account.set_password(SECRET)
    account.save()
    return account


@pytest.fixture(autouse=True)
def asked_for_nothing_yet() -> None:
    pages._asked.storage.reset()


def signed_in(client: Client) -> bool:
    return client.get(reverse("home")).status_code == 200


@pytest.mark.parametrize("name", ["anna@example.com", "ANNA@EXAMPLE.COM", ""])
def test_with_a_password(anna: Account, name: str) -> None:
    client = Client()
    answer = client.post(reverse("sign-in"), {"name": name or anna.username, "password": SECRET, "next": "/my"})
    assert (answer.status_code, answer["Location"]) == (302, "/my")
    assert signed_in(client)


def test_a_wrong_password_says_nothing_of_the_name(anna: Account) -> None:
    client = Client()
    answers = [
        client.post(reverse("sign-in"), {"name": name, "password": "нет"}).content.decode()
        for name in (anna.username, "nobody@example.com")
    ]
    said = [re.findall(r'role="alert">([^<]+)<', answer) for answer in answers]
    assert said[0] == said[1] == ["Почта, имя или пароль не подходят."]
    assert not signed_in(client)


def test_the_way_after_signing_in_leads_to_no_other_site(anna: Account) -> None:
    answer = Client().post(
        reverse("sign-in"), {"name": anna.username, "password": SECRET, "next": "https://example.net/"}
    )
    assert answer["Location"] == "/"


def test_guessing_is_throttled(anna: Account) -> None:
    client = Client()
    for _ in range(4):
        assert client.post(reverse("sign-in"), {"name": anna.username, "password": "нет"}).status_code == 422
    answer = client.post(reverse("sign-in"), {"name": anna.username, "password": "нет"})
    assert answer.status_code == 429
    assert "Слишком много попыток" in answer.content.decode()
    right = client.post(reverse("sign-in"), {"name": anna.username, "password": SECRET})
    assert right.status_code == 429
    assert not signed_in(client)


def test_guessing_by_the_address_counts_with_guessing_by_the_name(anna: Account) -> None:
    client = Client()
    for name in (anna.username, "anna@example.com", "Anna@Example.com", anna.username, anna.username):
        client.post(reverse("sign-in"), {"name": name, "password": "нет"})
    assert client.post(reverse("sign-in"), {"name": "anna@example.com", "password": SECRET}).status_code == 429


def test_a_link_signs_in_once_and_looking_uses_nothing_up(world: World, anna: Account) -> None:
    path = reverse("sign-in-link", args=[access.make_link(anna, now=world.now)])
    client = Client()
    for _ in range(3):  # a mail program looks
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Анна Ким" in answer.content.decode()
    assert not signed_in(client)
    assert client.post(path).status_code == 302
    assert signed_in(client)
    late = Client()
    assert (late.get(path).status_code, late.post(path).status_code) == (410, 410)
    assert not signed_in(late)


def test_who_came_in_is_kept_without_the_link(world: World, anna: Account) -> None:
    path = reverse("sign-in-link", args=[access.make_link(anna, now=world.now)])
    client = Client()
    client.post(path)
    client.post(reverse("sign-out"))
    Client().post(reverse("sign-in"), {"name": anna.username, "password": "нет"})
    assert list(AccessLog.objects.values_list("path_info", flat=True)) == ["/sign-in/link/…"]
    assert AccessLog.objects.exclude(logout_time=None).exists()
    assert list(AccessAttempt.objects.values_list("path_info", flat=True)) == ["/sign-in"]


def test_an_old_link_signs_nobody_in(world: World, anna: Account) -> None:
    path = reverse("sign-in-link", args=[access.make_link(anna, now=world.now - timedelta(hours=1))])
    assert Client().post(path).status_code == 410
    assert Client().post(reverse("sign-in-link", args=["nonsense"])).status_code == 410


def sent() -> list[mail.EmailMessage]:
    """What the thread behind the answer has sent."""
    pages.mailing.submit(lambda: None).result()
    return mail.outbox


def test_a_link_by_mail(anna: Account) -> None:
    client = Client()
    client.post(reverse("ask-link"), {"email": " anna@EXAMPLE.com "})
    [letter] = sent()
    assert letter.to == ["Anna@example.com"]
    [path] = re.findall(r"https?://[^/]+(/sign-in/link/\S+)", str(letter.body))
    client.post(path)
    assert signed_in(client)


def test_asking_for_a_link_does_not_tell_who_works_here(anna: Account) -> None:
    known = Client().post(reverse("ask-link"), {"email": "anna@example.com"})
    unknown = Client().post(reverse("ask-link"), {"email": "none@example.com"})
    assert known.status_code == unknown.status_code == 200
    text = known.content.decode().replace("anna@", "none@")
    assert re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', "", text) == re.sub(
        r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', "", unknown.content.decode()
    )
    assert len(sent()) == 1


def test_nobody_is_flooded_with_links(anna: Account) -> None:
    for _ in range(10):
        assert Client().post(reverse("ask-link"), {"email": "anna@example.com"}).status_code == 200
    assert len(sent()) == 3


def test_addresses_of_nobody_shut_nobody_out(anna: Account) -> None:
    for number in range(3):
        Client().post(reverse("ask-link"), {"email": f"nobody-{number}@example.com"})
    left = pages._asked.get_window_stats(pages.LINKS_AT_ALL, "all").remaining
    assert left == pages.LINKS_AT_ALL.amount
    Client().post(reverse("ask-link"), {"email": "anna@example.com"})
    assert len(sent()) == 1


def test_a_link_that_could_not_be_sent_stands_in_the_log(anna: Account, settings: Any) -> None:
    settings.EMAIL_BACKEND = "leaddrum.no_such_backend"
    with structlog.testing.capture_logs() as said:
        assert Client().post(reverse("ask-link"), {"email": "anna@example.com"}).status_code == 200
        sent()
    assert [one["event"] for one in said if one["log_level"] == "error"] == [
        "a mail about signing in could not be sent"
    ]
    assert "anna@" not in str(said)


@pytest.mark.parametrize("name", ["sign-in", "ask-link"])
def test_no_text_is_a_fault_of_ours(world: World, name: str) -> None:
    said = {"name": "a\x00@example.com", "email": "a\x00@example.com", "password": "\x00"}
    assert Client().post(reverse(name), said).status_code in {200, 422}


def test_a_page_from_before_somebody_signed_in_loads_itself_anew(anna: Account) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna, "django.contrib.auth.backends.ModelBackend")
    plain = client.post(reverse("pause"))
    assert (plain.status_code, plain.headers.get("HX-Refresh")) == (403, None)
    assert f'href="{reverse("home")}"' in plain.content.decode().partition("<main")[2]  # nobody is asked in who is in
    assert client.post(reverse("pause"), headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "нажмите ещё раз" not in client.get("/my").content.decode()  # that press is sent again by the page itself
    htmx = {"HX-Request": "true", "HX-Current-URL": "http://testserver/my"}
    assert client.post(reverse("pause"), headers=htmx)["HX-Refresh"] == "true"
    assert "нажмите ещё раз" in client.get("/my").content.decode()


def test_an_address_that_is_none_is_named(world: World) -> None:
    answer = Client().post(reverse("ask-link"), {"email": "анна"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()


def test_the_first_password_and_the_next(world: World, browser: Browser) -> None:
    client = browser("boris")
    form = {"new_password1": SECRET, "new_password2": SECRET}
    assert client.post(reverse("password"), form).status_code == 302
    assert signed_in(client)
    other = browser("boris")
    changed = {"old_password": SECRET, "new_password1": SECRET + "!", "new_password2": SECRET + "!"}
    wrong = client.post(reverse("password"), {**changed, "old_password": "нет"})
    assert wrong.status_code == 422
    assert client.post(reverse("password"), changed).status_code == 302
    assert signed_in(client)
    assert not signed_in(other)  # other sessions end with the old password


@pytest.mark.parametrize("weak", ["short", "password1234"])
def test_weak_passwords_are_refused(world: World, browser: Browser, weak: str) -> None:
    client = browser("boris")
    answer = client.post(reverse("password"), {"new_password1": weak, "new_password2": weak})
    assert answer.status_code == 422
    first, second = answer.content.decode().split('name="new_password2"')
    assert 'id="id_new_password1_error"' in first  # where he chose it, not where he repeats it
    assert "errorlist" not in second


def test_two_passwords_that_differ_are_said_where_it_is_repeated(world: World, browser: Browser) -> None:
    client = browser("boris")
    answer = client.post(reverse("password"), {"new_password1": SECRET, "new_password2": SECRET + "!"})
    first, second = answer.content.decode().split('name="new_password2"')
    assert "errorlist" not in first
    assert "Введённые пароли не совпадают." in second


def test_a_weak_new_password_is_said_at_it_when_the_old_one_is_asked_for_too(anna: Account, browser: Browser) -> None:
    client = browser("anna", language="en")
    answer = client.post(reverse("password"), {"old_password": SECRET, "new_password1": "a", "new_password2": "a"})
    names = re.findall(r'name="(\w+_password\d?|old_password)"|id="id_(\w+)_error"', answer.content.decode())
    assert ["".join(pair) for pair in names] == ["old_password", "new_password1", "new_password1", "new_password2"]


def test_signing_out(world: World, browser: Browser) -> None:
    client = browser("anna")
    client.post(reverse("sign-out"))
    assert not signed_in(client)


def test_the_theme_is_kept_in_the_browser(world: World, browser: Browser) -> None:
    client = browser("anna")
    assert "data-theme" not in client.get("/").content.decode()
    client.post(reverse("theme"), {"theme": "dark", "next": "/"})
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post(reverse("theme"), {"theme": '"><script>', "next": "/"})
    assert 'data-theme="dark"' in client.get("/").content.decode()


def test_the_language_is_the_persons_until_he_chooses(world: World, browser: Browser) -> None:
    client = browser("anna")
    assert "Мои ходы" in client.get("/").content.decode()
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    page = client.get("/").content.decode()
    assert "My turns" in page
    assert '<html lang="en"' in page
    Person.objects.filter(company=world.company_id, key="boris").update(language="en")
    assert "My turns" in browser("boris").get("/").content.decode()


@pytest.mark.parametrize("page", ["sign-in", "ask-link"])
def test_a_monitor_may_ask_by_head(client: Client, page: str) -> None:
    assert client.head(reverse(page)).status_code == 200
