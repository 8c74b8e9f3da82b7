"""A real browser on real pages: `script/test` says where Chromium is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.chromium import CHROMIUM, speaking
from tests.crash.site import Process, Site, fast_company


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine")
    with speaking() as browser:
        yield browser


# A question that a newer one replaced, or whose page was left: htmx calls its end an error, and it is none.
GIVEN_UP = ("htmx:sendAbort,", "htmx:afterRequest,")


@pytest.fixture
def complaints() -> list[str]:
    """What the console said that it should not: errors, and what the content security policy refused."""
    return []


@pytest.fixture
def visit(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Open an address as somebody new: a browser of his own, on a desk or a phone."""
    opened: list[Any] = []

    def visit(
        url: str, *, width: int = 1440, height: int = 900, language: str = "ru-RU", session: str = "", **more: Any
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=language, **more)
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": urljoin(url, "/")}])
        context.add_cookies([{"name": "django_language", "value": language[:2], "url": urljoin(url, "/")}])
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if _is_error(said) else None)
        page.on("response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield visit
    for context in opened:
        context.close()


def _is_error(said: ConsoleMessage) -> bool:
    return said.type == "error" and not said.text.startswith(GIVEN_UP)


@pytest.fixture
def seconds(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A company with budgets of seconds (six, or a parameter's): two people, the head at the second miss."""
    budget = getattr(request, "param", "6s")
    roster = {"people": ["anna", "boris"]}
    site = Site(tmp_path / "site", "", fast_company(budget=budget, escalate_after=2, cooldown="1s", roster=roster))
    yield site
    site.close()


@pytest.fixture
def served(seconds: Site) -> Process:
    return seconds.start("serve", "--port", "0").wait_ready()
