"""The set-up in a real browser: how many presses a change takes, drawing and dragging, first steps, and axe-core."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Page, expect

from tests.browser.steps import SOON, Visit, sign_in
from tests.browser.test_reach import BUILT, walk
from tests.crash.site import Process, Site, fast_company, until

PAGES = (
    *("/setup", "/setup/drums/drum", "/setup/hours/always", "/setup/new-hours", "/setup/people", "/setup/people/anna"),
    *("/setup/new-person", "/setup/new-people", "/setup/departments", "/setup/stages", "/setup/routes"),
    *("/setup/company", "/setup/new-drum", "/setup/drums/drum/remove", "/setup/file", "/map", "/map/drum/offered"),
    *("/first/2", "/first/3", "/first/4", "/first/5"),
)
MOST_PRESSES = 5
MOST_SECONDS = 30  # reading and typing are a person's: this is what the pages take of it, on a busy machine too


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Site, Process]]:
    """A company whose drum has half an hour."""
    site = Site(tmp_path / "office", "", fast_company(budget="30m", cooldown="10m"))
    yield site, site.start("serve", "--port", "0").wait_ready()
    site.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Process]]:
    """One such company for all who only look: nothing is saved in it."""
    site = Site(tmp_path_factory.mktemp("still") / "office", "", fast_company(budget="30m", cooldown="10m"))
    site.load(2)
    yield site, site.start("serve", "--port", "0").wait_ready()
    site.close()


class Hand:
    """Somebody who works with one finger: his presses are counted, typing is none."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0

    def press(self, selector: str) -> None:
        self.presses += 1
        self.page.locator(selector).first.click()


@pytest.mark.parametrize(("width", "language"), [(1440, "en-GB"), (390, "ru-RU")])
def test_thirty_minutes_become_twenty_in_few_presses(
    visit: Visit, office: tuple[Site, Process], complaints: list[str], width: int, language: str
) -> None:
    site, served = office
    site.load(1)
    hand = Hand(sign_in(visit, site, served, "olga", width=width, language=language))
    began = time.monotonic()
    hand.press("nav a[href='/setup']")
    hand.press("a[href='/setup/drums/drum']")
    hand.press("#budget")
    hand.page.keyboard.press("ControlOrMeta+A")
    hand.page.keyboard.type("20")
    verdict = hand.page.locator("#look .verdict")
    told = re.compile(r"30\s(min|мин) → 20\s(min|мин)")
    expect(verdict).to_contain_text(told, timeout=SOON)  # seen before it is saved
    expect(verdict.locator(".day li")).not_to_have_count(0)
    hand.press("#look [data-save]")
    expect(hand.page.locator("#budget")).to_have_value(re.compile("20"), timeout=SOON)
    expect(hand.page.locator("#messages")).to_contain_text("2")  # the version
    assert hand.presses < MOST_PRESSES
    assert time.monotonic() - began < MOST_SECONDS
    assert complaints == []


def test_the_same_by_keyboard_alone(visit: Visit, office: tuple[Site, Process], complaints: list[str]) -> None:
    site, served = office
    page = sign_in(visit, site, served, "olga", language="en-GB")
    page.goto(served.url + "/setup/drums/drum")
    page.locator("#budget").focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("soon")
    expect(page.locator("#budget[aria-invalid=true]")).to_be_visible(timeout=SOON)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("20")
    expect(page.locator("#look .verdict [data-save]")).to_be_visible(timeout=SOON)
    expect(page.locator("#budget")).to_be_focused()  # looking took nothing away
    for _press in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-save]')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Saved", timeout=SOON)
    row = page.locator("[data-ordered] li[data-key=anna]")
    row.locator("[data-down]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("Анна Ким: 2 / 3")
    expect(row.locator("[data-down]")).to_be_focused()
    expect(page.locator("#look .verdict")).to_contain_text("Roster: ", timeout=SOON)
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#said")).to_have_text("Анна Ким: 1 / 3")
    assert complaints == []


def test_a_head_is_written_and_who_is_meant_is_seen(
    visit: Visit, still: tuple[Site, Process], complaints: list[str]
) -> None:
    site, served = still
    page = sign_in(visit, site, served, "irina", language="en-GB")
    page.goto(served.url + "/setup/departments")
    field = page.locator("#head-sales")
    field.focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("nobody")
    expect(page.locator("[aria-invalid=true]")).to_have_attribute("id", "head-sales", timeout=SOON)
    expect(field).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("Левин")
    expect(page.locator("#look .verdict")).to_contain_text("Ольга Руднева → Борис Левин", timeout=SOON)
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    assert complaints == []


def test_what_is_wrong_is_said_at_its_field_until_it_is_mended(
    visit: Visit, still: tuple[Site, Process], complaints: list[str]
) -> None:
    page = sign_in(visit, *still, "olga", "/setup/drums/drum", width=390, height=844)
    said = page.locator("#budget-hint .error")
    page.fill("#budget", "soon")
    expect(said).to_have_count(1, timeout=SOON)
    expect(page.locator("#budget")).to_have_attribute("aria-describedby", "budget-hint")
    listed = page.locator(".look:has(.verdict.wrong)").bounding_box()
    field = page.locator("#budget").bounding_box()
    assert listed
    assert field
    assert listed["height"] <= 0.3 * 844 + 1
    assert field["y"] + field["height"] <= listed["y"]  # the list does not hide it
    page.fill("#budget", "25")
    expect(said).to_have_count(0, timeout=SOON)
    assert not complaints


def test_rows_are_dragged_and_hours_are_drawn(visit: Visit, still: tuple[Site, Process], complaints: list[str]) -> None:
    site, served = still
    page = sign_in(visit, site, served, "irina", language="en-GB")
    page.goto(served.url + "/setup/drums/drum")
    grip = page.locator("[data-ordered] li[data-key=boris] .grip")
    grip.scroll_into_view_if_needed()
    box, onto = grip.bounding_box(), page.locator("[data-ordered] li[data-key=anna]").bounding_box()
    assert box is not None
    assert onto is not None
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 8, onto["y"] + 2, steps=5)
    page.mouse.up()
    expect(page.locator("#look .verdict")).to_contain_text("Борис Левин, Анна Ким, Клара Вайс", timeout=SOON)

    page.goto(served.url + "/setup/hours/always")
    drawn = page.locator("[data-week] .drawn").nth(5)
    field = page.locator("#day-5")
    field.fill("")
    place = drawn.bounding_box()
    assert place is not None
    half_hour = place["width"] / 48
    page.mouse.move(place["x"] + 20.5 * half_hour, place["y"] + 5)
    page.mouse.down()
    page.mouse.move(place["x"] + 29.5 * half_hour, place["y"] + 5, steps=8)
    page.mouse.up()
    expect(field).to_have_value("10:00-15:00")
    expect(page.locator("#look .verdict")).to_contain_text(re.compile(r"10:00\W+15:00"), timeout=SOON)
    field.fill("09:15-10:00, 22:00-06:10")  # what is not painted stays to the minute, and beyond midnight
    page.mouse.click(place["x"] + 24.5 * half_hour, place["y"] + 5)
    expect(field).to_have_value("09:15-10:00, 12:00-12:30, 22:00-06:10")
    page.mouse.click(place["x"] + 18.5 * half_hour, place["y"] + 5)
    expect(field).to_have_value("09:30-10:00, 12:00-12:30, 22:00-06:10")
    page.locator("td[data-day].work").first.click()
    expect(page.locator("[data-exceptions] [name=date]").first).not_to_have_value("")
    expect(page.locator("[data-exceptions] [name=hours]").first).to_have_value("day off")
    assert complaints == []


def test_from_an_empty_folder_to_a_taken_lead(visit: Visit, tmp_path: Path, complaints: list[str]) -> None:
    site = Site(tmp_path / "fresh", "", empty=True)
    try:
        served = site.start("serve", "--port", "0").wait_ready()
        until(lambda: "/sign-in/link/" in served.output)
        link = re.search(r"/sign-in/link/\S+", served.output)
        assert link is not None
        page = visit(served.url + link.group(), width=390, height=844)
        page.locator("main form button").first.click()
        page.locator("#company").fill("Окна-Сервис")
        page.locator("#hours").fill("0-24")
        page.locator("#saturday").fill("0-24")
        page.locator("#holidays").select_option("")
        page.locator("#name").fill("Ирина Котова")
        page.locator("#email").fill("irina@example.com")
        page.locator("main form button.act").click()
        page.locator("#lines").fill("Анна Ким; anna@example.com")
        page.locator("#look [data-save]").click(timeout=SOON)
        expect(page).to_have_url(re.compile("/first/3"), timeout=SOON)
        page.locator(".on button").click()
        page.locator(".on button").click()
        page.locator("main form button.act").click()
        page.locator("main form button.act").click()
        expect(page.locator("main")).to_contain_text("Взят. Вот и всё.", timeout=SOON)
        page.locator("main form button.act").click()
        expect(page).to_have_url(re.compile(r":\d+/$"), timeout=SOON)
        assert complaints == []
    finally:
        site.close()


@pytest.mark.parametrize(("language", "width", "theme"), [("ru-RU", 390, "dark"), ("en-GB", 1440, "light")])
def test_every_page_is_sound(
    visit: Visit, still: tuple[Site, Process], complaints: list[str], language: str, width: int, theme: str
) -> None:
    """axe-core finds nothing, headings and names are right, nothing scrolls sideways, everything is reached by Tab."""
    site, served = still
    page = sign_in(visit, site, served, "irina", language=language, width=width, color_scheme=theme)
    for path in PAGES:
        page.goto(served.url + path)
        found = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]]
        assert found == [], path
        assert page.evaluate(BUILT) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path}: {wide} px too wide"
    page.goto(served.url + "/setup/drums/drum")
    page.locator("#budget").fill("20")
    expect(page.locator("#look .verdict")).to_be_visible(timeout=SOON)
    assert Axe().run(page).response["violations"] == []
    for path in ("/setup", "/setup/departments", "/map"):
        page.goto(served.url + path)
        missing, unseen = walk(page)
        assert (missing, unseen) == ([], []), path
    assert complaints == []
