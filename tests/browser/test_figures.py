"""Analytics, adviser and replay in a real browser, on a month of a sample history: sound, reachable, and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types

from tests.browser.steps import Visit, sign_in
from tests.browser.test_reach import BUILT, walk
from tests.crash.site import Process, Site

LAST = date.today() - timedelta(days=1)  # noqa: DTZ011  the history ends with yesterday
MONTH = f"since={LAST - timedelta(days=29)}&until={LAST}"
PAGES = (
    f"/analytics?{MONTH}",
    f"/analytics/people?{MONTH}",
    f"/analytics/hours?{MONTH}",
    f"/analytics/funnel?{MONTH}",
    f"/analytics/junk?{MONTH}",
    f"/analytics/rows?of=missed&{MONTH}",
    "/analytics/data",
    "/advice?drum=site",
    "/advice/replay?drum=corporate&play=1&budget=20",
)
# What would be cut off at the edge of the sheet, and controls that nobody can press on paper.
ON_PAPER = """() => [...document.querySelectorAll("main table, main svg, main img, main form, main button")]
  .filter((one) => one.checkVisibility() && (one.matches("form, button")
    || one.getBoundingClientRect().right > document.documentElement.clientWidth + 1))
  .map((one) => one.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Process]]:
    site = Site(tmp_path_factory.mktemp("month"), empty=True)
    site.leaddrum("sample-history", "--months", "1", "--leads", "120", "--seed", "1")
    site.leaddrum("advise", "site")  # brings the books up to date
    yield site, site.start("serve", "--port", "0").wait_ready()
    site.close()


@pytest.mark.parametrize(("language", "width", "theme"), [("ru-RU", 390, "dark"), ("en-GB", 1440, "light")])
def test_every_page_of_figures_is_sound(
    visit: Visit, month: tuple[Site, Process], complaints: list[str], language: str, width: int, theme: str
) -> None:
    site, served = month
    page = sign_in(visit, site, served, "sofia", language=language, width=width, color_scheme=theme)
    for path in PAGES:
        page.goto(served.url + path)
        page.locator("#played").wait_for(state="detached", timeout=60_000)
        found = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]]
        assert found == [], path
        assert page.evaluate(BUILT) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path}: {wide} px too wide"
    for path in ("/analytics/people", "/advice?drum=site"):
        page.goto(served.url + path)
        missing, unseen = walk(page)
        assert (missing, unseen) == ([], []), path
    assert complaints == []


def test_on_paper_nothing_is_cut_off_and_it_says_what_was_asked(visit: Visit, month: tuple[Site, Process]) -> None:
    site, served = month
    page = sign_in(visit, site, served, "sofia", width=794)  # A4 at 96 to the inch
    page.emulate_media(media="print")
    for path in PAGES:
        page.goto(served.url + path)
        page.locator("#played").wait_for(state="detached", timeout=60_000)
        assert page.evaluate(ON_PAPER) == [], path
    page.goto(served.url + PAGES[0] + "&source=1")
    said = page.locator(".printed").inner_text()
    assert f"{LAST:%d.%m.%Y}, " in said
