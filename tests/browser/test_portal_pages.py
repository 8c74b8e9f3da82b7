"""Bitrix24 in a real browser: a portal is connected from an empty folder, and its pages stand in the portal's frame."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Page, expect

from tests.bitrix24.portal import Clock, Portal, Server, sample
from tests.bitrix24.portal.access import ALL_SCOPES
from tests.browser.in_portal import framed
from tests.browser.steps import SOON, Visit
from tests.browser.test_reach import BUILT, walk
from tests.crash.site import Process, Site, until

SECRET = "s3cr3tw0rd"


@pytest.fixture
def portal() -> Iterator[Portal]:
    """Its clock is the machine's."""
    made = sample.portal(Clock())
    with Server(made):
        yield made


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[tuple[Site, Process]]:
    site = Site(tmp_path / "fresh", "", empty=True)
    yield site, site.start("serve", "--port", "0").wait_ready()
    site.close()


def sound(page: Page, where: str) -> None:
    found = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]]
    assert found == [], where
    assert page.evaluate(BUILT) == [], where
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{where}: {wide} px too wide"
    assert walk(page) == ([], []), where
    assert SECRET not in page.content(), where


@pytest.mark.parametrize(("width", "language", "theme"), [(390, "ru-RU", "dark"), (1440, "en-GB", "light")])
def test_from_an_empty_folder_to_a_turning_portal(
    visit: Visit,
    empty: tuple[Site, Process],
    portal: Portal,
    complaints: list[str],
    width: int,
    language: str,
    theme: str,
) -> None:
    _site, served = empty
    lead = portal.lead("Окна на дачу", by=0)
    until(lambda: "/sign-in/link/" in served.output)
    link = re.search(r"/sign-in/link/\S+", served.output)
    assert link is not None
    page = visit(served.url + link.group(), width=width, language=language, color_scheme=theme)
    page.locator("main form button").first.click()
    page.locator("a[href='/setup/bitrix24']").click()
    sound(page, "address")
    page.locator("#address").fill(portal.webhook(sample.ADMIN, secret=SECRET))
    page.locator("main form button.act").click()
    expect(page.locator("#budget")).to_be_visible(timeout=SOON)
    sound(page, "questions")
    expect(page.locator("#watch")).to_be_checked()
    page.locator("#watch").uncheck()
    page.locator("#who-people").check()
    page.locator("#people-27").check()
    page.locator("#hours").select_option("always")
    page.locator("main form button.act").click()
    expect(page.locator("main")).to_contain_text("Окна на дачу", timeout=SOON)
    sound(page, "what would happen")
    assert portal.item(lead)["assignedById"] != sample.ANNA
    page.locator("main form button.act").click()
    expect(page).to_have_url(re.compile(r":\d+/$"), timeout=SOON)
    until(lambda: portal.item(lead)["assignedById"] == sample.ANNA)  # the drum turns
    until(lambda: len(portal.messages(sample.ANNA)) == 1)
    assert complaints == []
    assert SECRET not in served.output


@pytest.mark.parametrize(("width", "theme"), [(900, "light"), (600, "dark")])
def test_in_the_portals_frame(
    visit: Visit, tmp_path: Path, portal: Portal, complaints: list[str], width: int, theme: str
) -> None:
    """Installed by an administrator, opened by somebody in his card's tab: axe-core finds nothing, and he takes."""
    lead = portal.lead("Окна на дачу", by=0)
    site = Site(tmp_path / "fresh", "", empty=True)
    try:
        served = site.start("serve", "--port", "0").wait_ready()
        assert portal.cloud is not None
        app = portal.cloud.register(portal, f"{served.url}/bitrix24/frame", ALL_SCOPES)
        keys = ("--client-id", app.client_id, "--client-secret", app.client_secret)
        site.leaddrum("application", "bitrix24", portal.url, *keys)
        page = visit(f"{served.url}/sign-in", width=width, height=600, color_scheme=theme)
        framed(page, portal, app, sample.ADMIN, served.url)
        site.leaddrum("connect", "bitrix24", portal.url, "--users", "27", "--calendar", "always", "--yes")
        until(lambda: portal.item(lead)["assignedById"] == sample.ANNA)
        frame = framed(page, portal, app, sample.ANNA, served.url, "CRM_LEAD_DETAIL_TAB", lead)
        expect(frame.locator(".now-box.mine")).to_be_visible(timeout=SOON)
        found = [one["id"] for one in Axe().run(page).response["violations"]]
        assert found == []
        frame.locator(".now-box form button").click()
        expect(frame.locator(".now-box.taken")).to_be_visible(timeout=SOON)
        until(lambda: portal.item(lead)["stageId"] == "IN_PROCESS")
    finally:
        site.close()
    assert [text for text in complaints if "favicon" not in text] == []
