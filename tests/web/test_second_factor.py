"""The second factor: turned on, asked for, used up, lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pyotp
import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from leaddrum import access, sealed, second_factor
from leaddrum.models import Account, SecondFactor
from leaddrum.web import second
from tests.world import World

Browser = Callable[..., Client]
SECRET = "короткая ночь в июне"


@pytest.fixture(autouse=True)
def nobody_failed_yet() -> Iterator[None]:
    second._failed.storage.reset()
    yield
    second._failed.storage.reset()


@pytest.fixture
def anna(world: World) -> Account:
    account = access.account_of(world.person("anna"))
    account.set_password(SECRET)
    account.save()
    return account


@pytest.fixture
def app(world: World, anna: Account) -> pyotp.TOTP:
    """Anna has turned it on with her app, a minute ago."""
    totp = pyotp.TOTP(second_factor.secret_of(second_factor.begin(anna, now=world.now)))
    assert second_factor.confirm(anna, totp.at(world.now), now=world.now) is not None
    world.forward(minutes=1)
    return totp


def by_password(account: Account, where: str = "/my") -> Client:
    client = Client()
    client.post(reverse("sign-in"), {"name": account.username, "password": SECRET, "next": where})
    return client


def inside(client: Client) -> bool:
    return client.get(reverse("my")).status_code == 200


def test_it_is_turned_on_with_the_apps_first_code(world: World, anna: Account, browser: Browser) -> None:
    page, client = reverse("second-factor"), browser("anna")
    assert 'class="qr"' not in client.get(page).content.decode()
    client.post(page, {"action": "begin"})
    text = client.get(page).content.decode()
    assert 'class="qr"' in text
    totp = pyotp.TOTP(re.findall(r'class="secret">([A-Z2-7]+)<', text)[0])
    assert client.post(page, {"action": "confirm", "code": "000000"}).status_code == 422
    assert not second_factor.needed(anna)
    shown = client.post(page, {"action": "confirm", "code": totp.at(world.now)}).content.decode()
    assert len(re.findall(r"<code>[a-z2-9]{5}-[a-z2-9]{5}</code>", shown)) == second_factor.SPARE
    assert second_factor.needed(anna)
    kept = SecondFactor.objects.get()
    assert totp.secret not in kept.secret
    assert not any(code in shown for code in kept.spare)


def test_the_password_alone_opens_nothing(world: World, anna: Account, app: pyotp.TOTP) -> None:
    client = by_password(anna)
    assert not inside(client)
    assert client.post(reverse("second-code"), {"code": "123"}).status_code == 422
    assert not inside(client)
    answer = client.post(reverse("second-code"), {"code": f" {app.at(world.now)[:3]} {app.at(world.now)[3:]}"})
    assert (answer.status_code, answer["Location"]) == (302, "/my")
    assert inside(client)


def test_nor_does_a_link(world: World, anna: Account, app: pyotp.TOTP) -> None:
    client = Client()
    path = reverse("sign-in-link", args=[access.make_link(anna, now=world.now)])
    assert client.post(path)["Location"] == reverse("second-code")
    assert not inside(client)
    client.post(reverse("second-code"), {"code": app.at(world.now)})
    assert inside(client)


def test_a_code_counts_once_and_only_about_now(world: World, anna: Account, app: pyotp.TOTP) -> None:
    code = app.at(world.now)
    assert second_factor.accepts(anna, code, now=world.now)
    assert not second_factor.accepts(anna, code, now=world.now)
    world.forward(minutes=5)
    assert not second_factor.accepts(anna, app.at(world.now - timedelta(seconds=90)), now=world.now)
    assert second_factor.accepts(anna, app.at(world.now - timedelta(seconds=30)), now=world.now)


def test_a_spare_code_signs_in_once(world: World, anna: Account, app: pyotp.TOTP) -> None:
    spare = second_factor.spare_again(anna, now=world.now)
    client = by_password(anna)
    client.post(reverse("second-code"), {"code": spare[0].upper()})
    assert inside(client)
    again = by_password(anna)
    assert again.post(reverse("second-code"), {"code": spare[0]}).status_code == 422
    assert len(SecondFactor.objects.get().spare) == second_factor.SPARE - 1


def test_guessing_is_throttled(world: World, anna: Account, app: pyotp.TOTP) -> None:
    client = by_password(anna)
    answers = [client.post(reverse("second-code"), {"code": "111111"}).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert client.post(reverse("second-code"), {"code": app.at(world.now)}).status_code == 429
    assert not inside(client)


def test_who_waits_too_long_begins_anew(world: World, anna: Account, app: pyotp.TOTP) -> None:
    client = by_password(anna)
    world.forward(minutes=11)
    answer = client.post(reverse("second-code"), {"code": app.at(world.now)})
    assert answer["Location"] == reverse("sign-in")
    assert not inside(client)


def test_off_only_with_a_code(world: World, anna: Account, app: pyotp.TOTP, browser: Browser) -> None:
    page, client = reverse("second-factor"), browser("anna")
    assert client.post(page, {"action": "off", "code": "000000"}).status_code == 422
    client.post(page, {"action": "begin"})  # nor by beginning anew
    assert second_factor.needed(anna)
    client.post(page, {"action": "off", "code": app.at(world.now)})
    assert not second_factor.needed(anna)
    assert inside(by_password(anna))


def test_where_administrators_must_have_one(world: World, browser: Browser, settings: LazySettings) -> None:
    settings.SECOND_FACTOR = "admins"
    admin = browser("irina")
    assert admin.get(reverse("home"))["Location"] == reverse("second-factor")
    assert admin.get(reverse("board-live"), headers={"HX-Request": "true"})["HX-Redirect"] == reverse("second-factor")
    assert inside(browser("anna"))
    account = access.account_of(world.person("irina"))
    totp = pyotp.TOTP(second_factor.secret_of(second_factor.begin(account, now=world.now)))
    admin.post(reverse("second-factor"), {"action": "confirm", "code": totp.at(world.now)})
    assert admin.get(reverse("home")).status_code == 200
    world.forward(minutes=1)
    admin.post(reverse("second-factor"), {"action": "off", "code": totp.at(world.now)})
    assert second_factor.needed(account)


def test_another_installations_key_leaves_the_spare_codes(world: World, anna: Account, app: pyotp.TOTP) -> None:
    spare = second_factor.spare_again(anna, now=world.now)
    SecondFactor.objects.update(secret=sealed.seal({"totp": "x"})[:-4] + "AAAA")
    assert not second_factor.accepts(anna, app.at(world.now), now=world.now)
    assert second_factor.accepts(anna, spare[3], now=world.now)
