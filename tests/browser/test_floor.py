"""The board and Now in a real browser: dragging, keys, the panel, and what an automatic check of accessibility says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # the library brings no types
from playwright.sync_api import Page, expect

from tests.browser.steps import SOON, Visit, sign_in
from tests.crash.site import Process, Site, fast_company


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Process]]:
    """One company and one server for all of these; nothing runs out while somebody looks."""
    site = Site(tmp_path_factory.mktemp("floor") / "site", "", fast_company(budget="2h", open_offers_cap=20))
    yield site, site.start("serve", "--port", "0").wait_ready()
    site.close()


def board(visit: Visit, floor: tuple[Site, Process], person: str = "olga", path: str = "/", **how: Any) -> Page:
    return sign_in(visit, floor[0], floor[1], person, path, **how)


def column(page: Page, stage: str) -> str:
    return f".column[data-stage={stage}]"


def test_a_card_is_dragged_to_another_stage(visit: Visit, floor: tuple[Site, Process], complaints: list[str]) -> None:
    floor[0].load(1)
    page = board(visit, floor)
    card = page.locator(f"{column(page, 'new')} .card").first
    lead = card.get_attribute("data-lead")
    card.drag_to(page.locator(column(page, "in_work")))
    moved = page.locator(f"{column(page, 'in_work')} .card[data-lead='{lead}']")
    expect(moved).to_be_visible()
    expect(page.locator("#messages .success")).to_be_visible(timeout=SOON)
    page.reload()
    expect(moved).to_be_visible()
    assert complaints == []
    floor[0].check()


def test_a_card_that_may_not_move_goes_back(visit: Visit, floor: tuple[Site, Process]) -> None:
    floor[0].load(1)
    page = board(visit, floor)
    page.route("**/move/*", lambda route: route.fulfill(status=403))
    card = page.locator(f"{column(page, 'new')} .card").first
    lead = card.get_attribute("data-lead")
    card.drag_to(page.locator(column(page, "in_work")))
    expect(page.locator("#messages .error")).to_be_visible()
    expect(page.locator(f"{column(page, 'new')} .card[data-lead='{lead}']")).to_be_visible(timeout=SOON)


def test_the_keyboard_alone_works_the_board(visit: Visit, floor: tuple[Site, Process], complaints: list[str]) -> None:
    floor[0].load(2)
    page = board(visit, floor)
    links = page.locator(f"{column(page, 'new')} .card-title a")
    links.first.focus()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    lead = page.evaluate("document.activeElement.closest('.card').dataset.lead")
    page.keyboard.press("Shift+ArrowRight")
    moved = page.locator(f"{column(page, 'in_work')} .card[data-lead='{lead}'] .card-title a")
    expect(moved).to_be_focused()
    expect(page.locator("#messages .success")).to_be_visible(timeout=SOON)
    expect(moved).to_be_focused()  # the answer has come, and the focus stayed
    page.keyboard.press("m")
    assert page.evaluate("document.activeElement.matches('.card-menu button')")
    page.keyboard.press("Escape")
    moved.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel.locator("h2").first).to_be_focused()
    assert f"lead={lead}" in page.url
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert "lead=" not in page.url
    assert complaints == []


def test_a_card_opens_beside_the_board_with_its_own_address(
    visit: Visit, floor: tuple[Site, Process], complaints: list[str]
) -> None:
    floor[0].load(1)
    page = board(visit, floor, path="/?source=api")
    page.goto(floor[1].url + "/")
    link = page.locator(f"{column(page, 'new')} .card-title a").first
    title = link.inner_text()
    link.click()
    panel = page.locator("#panel")
    expect(panel.locator("h2").first).to_have_text(title)
    boxes = [page.locator(one).bounding_box() for one in ("#live", "#panel")]
    assert all(boxes)
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"] + 1
    page.reload()
    expect(panel.locator("h2").first).to_have_text(title)
    page.go_back()
    page.go_forward()
    panel.locator("#actions button.act").first.click()
    expect(panel.locator("#now")).to_contain_text("Ольга", timeout=SOON)  # taken by her, without leaving the board
    assert complaints == []
    floor[0].check()


@pytest.mark.parametrize(("width", "language", "theme"), [(390, "ru-RU", "light"), (1440, "en-GB", "dark")])
def test_no_page_has_an_accessibility_violation(
    visit: Visit, floor: tuple[Site, Process], width: int, language: str, theme: str
) -> None:
    floor[0].load(2)
    page = board(visit, floor, "irina", width=width, language=language, color_scheme=theme)
    axe = Axe()
    for path in ("/", "/?lead=1", "/now", "/my", "/my/away", "/my/month", "/leads/1", "/journal", "/add"):
        page.goto(floor[1].url + path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = !one.closest('.menu'); })")
        found = axe.run(page)
        wrong = [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found.response["violations"]]
        assert wrong == [], path
    employee = board(visit, floor, "anna", path="/my", width=width, language=language, color_scheme=theme)
    expect(employee.locator("article.offer").first).to_be_visible(timeout=SOON)
    assert Axe().run(employee).response["violations"] == []


def test_what_was_unfolded_stays_when_the_story_goes_on(
    visit: Visit, floor: tuple[Site, Process], complaints: list[str]
) -> None:
    floor[0].load(1)
    page = board(visit, floor)
    lead = page.locator(f"{column(page, 'new')} .card").first.get_attribute("data-lead")
    page.goto(f"{floor[1].url}/leads/{lead}")
    page.locator(".step.offered [id^=why-when] > summary").first.click()
    drawing = page.locator(".step.offered svg.daybar").first
    expect(drawing).to_be_visible(timeout=SOON)
    page.locator("#comment").fill("половина сло")
    token = page.evaluate("JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken']")
    headers = {"X-CSRFToken": token, "Referer": page.url}
    page.request.post(f"{page.url}/comment", form={"text": "Перезвонить после пяти"}, headers=headers)
    expect(page.locator("#story")).to_contain_text("Перезвонить после пяти", timeout=SOON)
    expect(drawing).to_be_visible()
    expect(page.locator("#comment")).to_have_value("половина сло")
    assert complaints == []


def test_a_live_update_moves_nothing_under_the_eyes(visit: Visit, floor: tuple[Site, Process]) -> None:
    page = board(visit, floor, path="/now")
    page.evaluate(
        "window.shifts = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())"
        " window.shifts += one.value; }).observe({ type: 'layout-shift', buffered: true });"
    )
    page.wait_for_timeout(5000)
    assert page.evaluate("window.shifts") < 0.1


def test_a_head_assigns_on_the_spot(visit: Visit, floor: tuple[Site, Process], complaints: list[str]) -> None:
    floor[0].load(1)
    page = board(visit, floor, "olga", "/")
    lead = page.locator(f"{column(page, 'new')} .card").first.get_attribute("data-lead")
    page.goto(f"{floor[1].url}/leads/{lead}")
    page.goto(floor[1].url + "/now")
    pause = page.locator(".worker [data-ask=pause]").first
    pause.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    pause.click()
    dialog.locator("input[name=reason]").fill("на складе")
    dialog.locator("button.act").click()
    expect(page.locator(".worker.is-paused")).to_be_visible(timeout=SOON)
    page.locator(".worker.is-paused button").click()
    expect(page.locator(".worker.is-paused")).to_have_count(0, timeout=SOON)
    assert complaints == []
    floor[0].check()


@pytest.mark.parametrize(("width", "first"), [(390, True), (1440, False)])
def test_a_leads_page_says_on_a_phone_first_what_the_client_wrote(
    visit: Visit, floor: tuple[Site, Process], width: int, first: bool
) -> None:
    """Beside a wide page he has a sheet of his own."""
    page = board(visit, floor, "olga", "/add", width=width, height=844)
    page.locator("[name=title]").fill("Окна")
    page.locator("[name=name]").fill("Мария")
    page.locator("[name=text]").fill("Дует из окна")
    page.locator("form button.act").click()
    expect(page.locator(".head-client")).to_be_visible(visible=first)
    wrote = page.get_by_text("Дует из окна").first if first else page.locator(".lead-about").get_by_text("Дует из окна")
    expect(wrote).to_be_in_viewport()


def test_an_address_is_copied_by_one_press(visit: Visit, floor: tuple[Site, Process], complaints: list[str]) -> None:
    page = board(visit, floor, "irina", "/ways/new/form", permissions=["clipboard-read", "clipboard-write"])
    page.locator("#name").fill("Сайт")
    page.locator("form[method=post] button.act").click()
    address = page.locator("#address-shown").input_value()
    assert "/in/" in address
    page.locator("[data-copy=address-shown]").click()
    expect(page.locator("[data-copy=address-shown]")).to_have_text("Скопировано")
    assert page.evaluate("navigator.clipboard.readText()") == address
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden')))")
    page.locator("[data-copy=address-shown]").click()  # then it is marked, to be copied by hand
    expect(page.locator("#address-shown")).to_have_js_property("selectionEnd", len(address))
    assert complaints == []


def test_on_a_phone_a_lead_is_added_by_a_press_at_the_head_of_any_page(
    visit: Visit, floor: tuple[Site, Process], complaints: list[str]
) -> None:
    """The button stands outside the menu it belongs to; what hides the menu's end must not hide it too."""
    page = board(visit, floor, "olga", "/my", width=390, height=844)
    page.locator(".nav-add").click(timeout=5000)
    expect(page.locator("h1")).to_have_text("Добавить лид")
    assert complaints == []


def test_on_a_phone_the_menu_fades_on_the_side_where_it_goes_on(visit: Visit, floor: tuple[Site, Process]) -> None:
    page = board(visit, floor, "irina", "/setup", width=390, height=844)
    menu = page.locator(".nav-links")
    expect(menu).to_have_css("mask-image", re.compile(r"rgb\(0, 0, 0\) 40px, rgb\(0, 0, 0\) 100%"))  # it is at its end
    menu.evaluate("menu => { menu.scrollLeft = 0 }")
    expect(menu).to_have_css("mask-image", re.compile(r"rgb\(0, 0, 0\) 0px, rgb\(0, 0, 0\) calc\(100% - 40px\)"))
