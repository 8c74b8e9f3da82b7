"""What docs/security.md promises of every page and of the settings behind a TLS proxy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from leaddrum import access
from leaddrum.models import Account, Person
from leaddrum.web import access as pages
from tests.world import World

SECRET = "короткая ночь в июне"
SIGNED_IN = ["home", "board-live", "my", "my-live", "journal", "journal-csv", "password", "add", "unread", "versions"]


@pytest.fixture(autouse=True)
def nobody_failed_yet() -> None:
    pages._failed.storage.reset()


@pytest.fixture
def anna(world: World) -> Account:
    account = access.account_of(world.person("anna"))
    account.set_password(SECRET)
    account.save()
    return account


@pytest.fixture
def irina(world: World) -> Client:
    """The administrator's browser."""
    client = Client()
    client.force_login(access.account_of(world.person("irina")), "django.contrib.auth.backends.ModelBackend")
    return client


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LEADDRUM_", "DATABASE"))}
    return subprocess.run(
        [sys.executable, "-c", code], env=clean | environment, capture_output=True, text=True, timeout=60, check=False
    )


def setting(tmp_path: Path, *names: str, **environment: str) -> list[object]:
    code = f"import json; from leaddrum import settings as s; print(json.dumps([getattr(s, n, None) for n in {names}]))"
    done = python(code, LEADDRUM_DATA=str(tmp_path), **environment)
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout)
    return found


def test_what_clients_wrote_stays_in_no_cache(world: World, irina: Client) -> None:
    lead = world.lead()
    for path in [*map(reverse, SIGNED_IN), reverse("lead", args=[lead.id])]:
        answer = irina.get(path)
        assert answer.status_code == 200, path
        assert "no-store" in answer["Cache-Control"], path


def test_every_answer_carries_the_headers(world: World, irina: Client) -> None:
    for path in [*map(reverse, SIGNED_IN), reverse("sign-in"), "/health", "/api/v1/openapi.json", "/nowhere"]:
        answer = irina.get(path)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "script-src 'self'" in policy, path
        assert "unsafe-inline" not in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert answer["X-Frame-Options"] == "DENY", path
        assert answer["Referrer-Policy"] == "same-origin", path


def test_the_session_is_a_new_one_after_signing_in(world: World, anna: Account) -> None:
    client = Client()
    client.cookies["sessionid"] = "a" * 32  # one that somebody else has planted
    assert client.post(reverse("sign-in"), {"name": anna.username, "password": SECRET}).status_code == 302
    cookie = client.cookies["sessionid"]
    assert cookie.value != "a" * 32
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_guessing_from_many_addresses_is_throttled_too(world: World, anna: Account) -> None:
    def tried(password: str, address: int) -> int:
        form = {"name": anna.username, "password": password}
        return Client().post(reverse("sign-in"), form, REMOTE_ADDR=f"192.0.2.{address}").status_code

    for _ in range(47):  # each real one takes the time of a password's hash
        pages._failed.hit(pages.FAILURES_A_NAME, anna.username)
    assert {tried("нет", number) for number in range(3)} == {422}
    assert tried(SECRET, 200) == 429
    client = Client()  # the way by link stays open: nobody can shut a person out
    client.post(reverse("sign-in-link", args=[access.make_link(anna, now=world.now)]))
    assert client.get(reverse("home")).status_code == 200


def test_behind_a_tls_proxy(tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SECURE_HSTS_SECONDS")
    assert setting(tmp_path, *names, LEADDRUM_HTTPS="1") == [True, "__Host-sessionid", "__Host-csrftoken", 31536000]
    assert setting(tmp_path, *names) == [None, None, None, None]


def test_a_tls_proxy_that_is_not_to_be_believed_is_refused(tmp_path: Path) -> None:
    """Each form would be refused as one of another site."""
    done = subprocess.run(
        [sys.executable, "-m", "leaddrum", "web", "--data", str(tmp_path), "--port", "0"],
        env={**os.environ, "LEADDRUM_HTTPS": "1", "LEADDRUM_PROXIES": "0", "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "LEADDRUM_PROXIES" in done.stderr


def test_how_long_a_session_lasts(tmp_path: Path) -> None:
    assert setting(tmp_path, "SESSION_COOKIE_AGE") == [30 * 24 * 3600]
    assert setting(tmp_path, "SESSION_COOKIE_AGE", LEADDRUM_SESSION_HOURS="12") == [12 * 3600]


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "long"])
def test_a_session_without_end_is_refused(tmp_path: Path, hours: str) -> None:
    done = python("import leaddrum.settings", LEADDRUM_DATA=str(tmp_path), LEADDRUM_SESSION_HOURS=hours)
    assert "LEADDRUM_SESSION_HOURS" in done.stderr


def test_a_password_that_is_set_is_told_by_mail(world: World, anna: Account) -> None:
    Person.objects.filter(account=anna).update(email="anna@example.com")
    client = Client()
    client.force_login(anna, "django.contrib.auth.backends.ModelBackend")
    form = {"old_password": SECRET, "new_password1": SECRET + "!", "new_password2": SECRET + "!"}
    assert client.post(reverse("password"), {**form, "old_password": "нет"}).status_code == 422
    assert client.post(reverse("password"), form).status_code == 302
    pages.mailing.submit(lambda: None).result()  # what the thread behind the answer has sent
    [letter] = mail.outbox
    assert letter.to == ["anna@example.com"]
    assert letter.subject == "Пароль для LeadDrum задан"
    assert SECRET not in str(letter.body)
