"""A page to be taken, and what is done on it first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from leaddrum.demo.stage import Stage
    from tests.browser.sample import Sample

Act = Callable[["Page"], None]


@dataclass(frozen=True)
class Shot:
    """A page to take: who looks, where, and what he does first."""

    name: str
    path: str
    person: str = ""
    act: Act | None = None
    breaks: str = ""  # a function that fails while the page is opened
    of: Sample | None = None  # the company, where it is not the one of the morning


def away(page: Page) -> None:
    """Somebody asks what a day off would do to what he holds."""
    page.locator("#since").fill("2026-11-24T10:50")
    page.locator("#until").fill("2026-11-25T18:00")
    page.locator("main form button").last.click()


def clicks(selector: str) -> Act:
    return lambda page: page.locator(selector).first.click()


def opens(selector: str) -> Act:
    return lambda page: page.evaluate("s => document.querySelectorAll(s).forEach(e => e.open = true)", selector)


def scrolls(selector: str, pixels: int) -> Act:
    return lambda page: page.evaluate("([s, x]) => document.querySelector(s).scrollBy(x, 0)", [selector, pixels])


def fills(form: str, **values: str) -> Act:
    def act(page: Page) -> None:
        for name, value in values.items():
            place = page.locator(f"{form} [name={name}]")
            place.check() if place.get_attribute("type") == "checkbox" else place.fill(value)
        page.evaluate("f => document.querySelector(f).noValidate = true", form)
        page.locator(f"{form} button[type=submit]").last.click()

    return act


def changes(**values: str) -> Act:
    """Settings are typed, and what they would do is waited for."""

    def act(page: Page) -> None:
        for name, value in values.items():
            page.locator(f"#{name}").fill(value)
        page.locator("#look .verdict").wait_for()
        page.wait_for_timeout(800)

    return act


def slowly(stage: Stage, act: Act) -> Act:
    """As a person fills in a form: some seconds after it was opened."""

    def later(page: Page) -> None:
        stage.now += timedelta(seconds=5)
        act(page)
        stage.now -= timedelta(seconds=5)

    return later


def without_token(page: Page) -> None:
    page.context.clear_cookies(name="csrftoken")
    fills("main form", title="x")(page)


def floods(page: Page) -> None:
    """More posts than are allowed; the last one is looked at."""
    from django.conf import settings

    from leaddrum.intake import rate

    before, settings.FORM_RATE = settings.FORM_RATE, "1/hour"
    rate.forget()
    fills("main form", name="1")(page)
    fills("main form", name="2")(page)
    settings.FORM_RATE = before
    rate.forget()


def guesses(page: Page) -> None:
    for _ in range(6):
        if page.locator("main form input[name=password]").count():
            fills("main form", name="guessed", password="wrong")(page)
    from axes.utils import reset

    reset()
