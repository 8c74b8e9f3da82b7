"""Pages of what went wrong: in the visitor's language, with a way on, telling nothing of the inside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from leaddrum.web import board
from tests.web.reader import text
from tests.world import World

Browser = Callable[..., Client]


@pytest.mark.parametrize(("language", "said"), [("ru", "Страница не найдена"), ("en", "There is no such page")])
@pytest.mark.parametrize("person", ["", "anna"])
def test_not_found(world: World, browser: Browser, person: str, language: str, said: str) -> None:
    answer = browser(person, language).get("/leads/999999" if person else "/nothing-here")
    assert answer.status_code == 404
    assert said in text(answer.content)
    assert f'href="{reverse("home")}"' in answer.content.decode()


@pytest.mark.parametrize(("language", "said"), [("ru", "Нет доступа"), ("en", "No access")])
def test_forbidden(world: World, browser: Browser, language: str, said: str) -> None:
    answer = browser("anna", language).get(reverse("import"))
    assert answer.status_code == 403
    assert said in text(answer.content)


@pytest.mark.parametrize(
    ("language", "said"), [("ru", "Что-то сломалось у нас"), ("en", "Something broke on our side")]
)
def test_a_fault_of_ours_tells_nothing_of_the_inside(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr(board, "_context", broken)
    client = browser("anna", language)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert said in text(answer.content)
    assert "secret reason" not in page
    assert "Traceback" not in page


@pytest.mark.parametrize(("language", "said"), [("ru", "Запрос не понят"), ("en", "This request cannot be understood")])
def test_a_request_that_cannot_be_read(world: World, browser: Browser, language: str, said: str) -> None:
    answer = browser("anna", language).post("/add", {f"x{number}": "" for number in range(1001)})  # Django's own limit
    assert answer.status_code == 400
    assert said in text(answer.content)


def test_the_icon_is_there_for_every_page(world: World, browser: Browser) -> None:
    """A browser that finds no icon named asks for the usual address: a 404 there is an error on its console."""
    answer = browser().get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"].endswith("leaddrum/favicon.svg")
    for path in ("/sign-in", f"/f/{world.company.key}/drum", f"/f/{world.company.key}/drum/thanks", "/nothing-here"):
        assert 'rel="icon"' in browser().get(path).content.decode(), path
    static = Path(board.__file__).parent.parent / "static/leaddrum/favicon.svg"
    assert static.exists()
