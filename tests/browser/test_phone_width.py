"""A phone's page is as wide as the phone, however long the words are; an address breaks where it may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.steps import Visit, sign_in
from tests.crash.site import Process, Site, fast_company

LONG = "Рентгеноэлектрокардиографического" * 4
ADDRESS = "konstantin.very.long.address@panorama.windows.and.doors.example.com"
BROKEN = """() => [...document.querySelectorAll("main a[href^='mailto:']")].filter((one) => one.checkVisibility())
  .flatMap((one) => [...one.querySelectorAll(".one")]).map((one) => [...one.childNodes]
  .filter((part) => part.nodeType === Node.TEXT_NODE)
  .map((part) => {
    const range = document.createRange();
    range.selectNode(part);
    return range.getClientRects().length;
  }))"""
"""On how many lines each part of each address stands."""
TOO_WIDE = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? []
  : ["too wide", ...[...document.querySelectorAll("main *")]
  .filter((one) => one.getBoundingClientRect().left + one.scrollWidth > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 90)).slice(-4)]"""
"""What stands out of a page that scrolls sideways."""
PAGES = (
    "/",
    "/now",
    "/my",
    "/leads/1",
    "/journal",
    "/journal/closed",
    "/map?drum=drum",
    "/routing",
    "/setup",
    "/setup/drums/drum",
    "/setup/people",
    "/setup/hours/office",
    "/setup/routes",
    "/my/channels",
)


@pytest.fixture
def wordy(tmp_path: Path) -> Iterator[Site]:
    file = fast_company(budget="1h", roster={"people": ["anna"]}, name=LONG)
    file["routes"] = [{"when": {"fields": {"utm_campaign": [LONG]}}, "drum": "drum"}]
    next(one for one in file["people"] if one.get("id") == "anna")["name"] = f"Анна {LONG}"
    site = Site(tmp_path / "site", "", file)
    yield site
    site.close()


def test_long_words_stay_within_a_phone(visit: Visit, wordy: Site, complaints: list[str]) -> None:
    served = wordy.start("serve", "--port", "0").wait_ready()
    write(visit, served)
    irina = sign_in(visit, wordy, served, "irina", width=390, height=844)
    wide = {}
    for path in PAGES:
        irina.goto(served.url + path)
        if found := irina.evaluate(TOO_WIDE):
            wide[path] = found
    assert wide == {}
    anna = sign_in(visit, wordy, served, "anna", width=390, height=844)
    for path in ("/my", "/leads/1"):
        anna.goto(served.url + path)
        assert anna.evaluate(TOO_WIDE) == [], path
        shown = anna.evaluate(BROKEN)
        assert shown, path
        assert {lines for address in shown for lines in address} == {1}, path
    assert complaints == []


def test_a_drawing_that_goes_on_fades_until_its_end(visit: Visit, wordy: Site) -> None:
    served = wordy.start("serve", "--port", "0").wait_ready()
    olga = sign_in(visit, wordy, served, "olga", "/map?drum=drum", width=390, height=844)
    drawing = olga.locator(".scroller")
    fades(drawing, left="0px", right="40px")
    drawing.evaluate("(one) => one.scrollTo(one.scrollWidth, 0)")
    fades(drawing, left="40px", right="0px")
    olga.set_viewport_size({"width": 1440, "height": 900})
    fades(drawing, left="0px", right="0px")


def fades(drawing: Locator, *, left: str, right: str) -> None:
    """How much of it fades on each side, once the browser has painted what was done to it."""
    expect(drawing).to_have_css("--fade-left", left)
    expect(drawing).to_have_css("--fade-right", right)


def write(visit: Visit, served: Process) -> None:
    page = visit(served.url + f"/f/okna/drum?utm_campaign={LONG}", width=390, height=844)
    page.locator("#name").fill(LONG)
    page.locator("#email").fill(ADDRESS)
    page.locator("#text").fill(LONG)
    page.locator("#consent").check()
    page.wait_for_timeout(2500)  # nobody fills a form in a moment: the form says so itself
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/thanks**")
