"""The main journey in a real browser: form, offer, miss, hand-over, journal, head, take; and what must never happen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import SOON, Visit, sign_in, sign_in_by_link
from tests.crash.site import Process, Site


def send_the_form(visit: Visit, served: Process, name: str) -> None:
    page = visit(served.url + "/f/okna/drum", width=390, height=844)
    page.get_by_label("Телефон").fill("8 916 123-45-67")
    page.locator("#name").fill(name)
    page.locator("#text").fill("Два окна на дачу <b>срочно</b>")
    page.locator("#consent").check()
    page.wait_for_timeout(2500)  # nobody fills a form in a moment: the form says so itself
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile("/thanks"))


@pytest.mark.rule("S-1", "S-6", "S-7", "S-8", "S-5")
def test_from_the_form_to_the_take(visit: Visit, seconds: Site, served: Process, complaints: list[str]) -> None:
    anna = sign_in_by_link(visit, seconds, served, "anna", width=390, height=844)
    anna.goto(served.url + "/my")
    boris = sign_in(visit, seconds, served, "boris")
    boris.goto(served.url + "/my")
    olga = sign_in(visit, seconds, served, "olga")
    olga.goto(served.url + "/")
    send_the_form(visit, served, "Иван Пробный")

    offer = anna.locator("article.offer", has_text="Иван Пробный")
    expect(offer).to_be_visible(timeout=SOON)  # offered, without a reload
    expect(offer.locator("a[href^='tel:']")).to_be_visible()
    expect(anna.locator("article.offer")).to_have_count(0, timeout=SOON)  # missed: it is gone from her page
    expect(boris.locator("article.offer", has_text="Иван Пробный")).to_be_visible(timeout=SOON)  # handed over
    expect(olga.get_by_text("Иван Пробный").first).to_be_visible(timeout=SOON)  # the board shows it, live

    olga.goto(served.url + "/journal")
    expect(olga.locator("main")).to_contain_text("Анна Ким", timeout=SOON)
    expect(boris.locator("article.offer")).to_have_count(0, timeout=SOON)  # the second miss pulls the head in
    olga.goto(served.url + "/my")
    expect(olga.locator("main")).to_contain_text("Иван Пробный", timeout=SOON)

    while not anna.locator("article.offer").count():  # whose turn it is now takes it with one press
        anna, boris = boris, anna
        anna.wait_for_timeout(200)
    anna.locator("article.offer button.act").first.click()
    expect(anna.locator("article.offer")).to_have_count(0, timeout=SOON)
    olga.goto(served.url + "/leads/1")
    expect(olga.locator("main")).to_contain_text("В работе", timeout=SOON)
    seconds.check()
    assert complaints == []


@pytest.mark.rule("S-34")
def test_opening_the_link_of_a_mail_takes_nothing(visit: Visit, seconds: Site, served: Process) -> None:
    seconds.leaddrum("journal")
    seconds.load(1)
    page = sign_in(visit, seconds, served, "anna")
    page.goto(served.url + "/my")
    url = page.locator("article.offer button.act").first.get_attribute("formaction", timeout=SOON)
    assert url is not None
    answer = page.request.get(served.url + url)
    assert answer.status in {404, 405}
    assert seconds.inside("check")  # the lead is where it was, every invariant holds


def test_the_keyboard_alone_takes_a_lead(visit: Visit, seconds: Site, served: Process, complaints: list[str]) -> None:
    page = sign_in(visit, seconds, served, "anna")
    page.goto(served.url + "/my")
    seconds.load(1)
    expect(page.locator("article.offer")).to_be_visible(timeout=SOON)
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('article.offer button.act')"):
            break
    else:
        pytest.fail("the take button is not reached by Tab")
    page.keyboard.press("Enter")
    expect(page.locator("article.offer")).to_have_count(0, timeout=SOON)
    page.goto(served.url + "/leads/1")
    expect(page.locator("main")).to_contain_text("В работе")
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["ru-RU", "en-GB"])
def test_no_page_scrolls_sideways(
    visit: Visit, seconds: Site, served: Process, complaints: list[str], width: int, language: str
) -> None:
    seconds.load(3)
    page = sign_in(visit, seconds, served, "irina", width=width, language=language)
    for path in (
        "/",
        "/now",
        "/my",
        "/leads/1",
        "/journal",
        "/add",
        "/import",
        "/journal/closed",
        "/settings/versions",
        "/setup",
        "/setup/drums/drum",
        "/setup/file",
        "/f/okna/drum",
    ):
        page.goto(served.url + path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path}: {wide} px too wide"
    assert complaints == []
