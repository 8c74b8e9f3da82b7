"""What people do all day, from their pages' buttons alone: on a phone in Russian, on a desk in English.

What runs out, is missed and is handed over is `test_main_journey`; bad connections are `test_poor_connection`; the
set-up is `test_setup_journeys`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import SOON, Visit, sign_in
from tests.crash.site import Process, Site, fast_company

SIZES = [(390, "ru-RU"), (1440, "en-GB")]
SAID = "#messages .success"
Floor = tuple[Site, Process]


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    roster = {"people": ["anna", "boris"]}
    site = Site(
        tmp_path_factory.mktemp("day") / "site", "", fast_company(budget="2h", roster=roster, open_offers_cap=20)
    )
    yield site, site.start("serve", "--port", "0").wait_ready()
    site.close()


def unfolded(page: Page, summary: str) -> None:
    page.locator(f"{summary} > summary").first.click()


@pytest.mark.parametrize(("width", "language"), SIZES)
@pytest.mark.rule("S-24", "S-33")
def test_an_employees_day(visit: Visit, floor: Floor, complaints: list[str], width: int, language: str) -> None:
    """Take, return with a reason, pause, come back, a day off that is taken back, the month, a lead of one's own."""
    floor[0].load(6)
    page = sign_in(visit, *floor, "anna", "/my", width=width, height=844, language=language)
    offers = page.locator("article.offer")
    expect(offers.first).to_be_visible(timeout=SOON)
    waiting = offers.count()

    offers.first.locator("button.act").click()
    expect(offers).to_have_count(waiting - 1, timeout=SOON)

    title = offers.first.locator("h2").inner_text()
    unfolded(page, "article.offer [data-key=decline]")
    offers.first.locator("[data-key=decline] input[name=own]").fill("не мой город")
    offers.first.locator("[data-key=decline] button").click()
    expect(page.locator("article.offer", has_text=re.compile(f"{title}$", re.MULTILINE))).to_have_count(0, timeout=SOON)

    unfolded(page, "[data-key=pause]")
    expect(page.locator("[data-key=pause] .fates li").first).to_be_visible()  # what would become of each is said first
    page.locator("#pause-reason").fill("обед")
    page.locator("[data-key=pause] button").click()
    expect(page.locator("[data-key=paused]")).to_be_visible(timeout=SOON)
    expect(offers).to_have_count(0, timeout=SOON)
    page.locator("[data-key=paused] button.act").click()
    expect(page.locator("[data-key=paused]")).to_have_count(0, timeout=SOON)

    page.locator(".my-links a").first.click()
    day = datetime.now(UTC) + timedelta(days=20)
    page.locator("#since").fill(f"{day:%Y-%m-%d}T09:00")
    page.locator("#until").fill(f"{day:%Y-%m-%d}T18:00")
    page.locator("#reason").fill("отпуск")
    page.locator("main form.sheet button.act").click()
    expect(page.locator(".preview")).to_be_visible()
    page.locator("button[name=enter]").click()
    entered = page.locator(".rows li", has_text="отпуск")
    expect(entered).to_be_visible()
    entered.locator("button").click()
    expect(entered).to_have_count(0)

    page.goto(floor[1].url + "/my/month")
    expect(page.locator(".figures dd").first).to_have_text(re.compile("[1-9]"))

    page.goto(floor[1].url + "/add")
    page.locator("#title").fill("Сама нашла")
    page.locator("#phone").fill("+7 495 555-01-90" if width < 1000 else "+7 495 555-01-91")
    page.locator("#owner").select_option("anna")
    page.locator("main form button.act").click()
    page.goto(floor[1].url + "/my")
    expect(page.locator("article.offer", has_text="Сама нашла").first).to_be_visible(timeout=SOON)
    expect(page.locator("article.offer a[href^='tel:+7495555019']").first).to_be_visible()
    assert complaints == []
    floor[0].check()


@pytest.mark.parametrize(("width", "language"), SIZES)
@pytest.mark.rule("S-28", "S-30")
def test_a_heads_day(visit: Visit, floor: Floor, complaints: list[str], width: int, language: str) -> None:
    """Find and move a card, write down, assign and close on a lead's page, pause somebody, the map, the journal."""
    floor[0].load(3)
    page = sign_in(visit, *floor, "olga", "/?source=form", width=width, height=844, language=language)
    expect(page.locator(".card")).to_have_count(0)
    page.goto(floor[1].url + "/")
    card = page.locator(".column[data-stage=new] .card").first
    lead, title = card.get_attribute("data-lead"), card.locator(".card-title").inner_text()
    search = page.locator(".board-filter input[name=text]")
    search.fill(title)
    search.press("Enter")
    page.wait_for_url(re.compile("text="))
    expect(page.locator(f".card[data-lead='{lead}']")).to_be_visible()
    card = page.locator(f".card[data-lead='{lead}']")
    card.locator(".card-menu > summary").click()
    card.locator("button[formaction$='/move/in_work']").click()
    expect(page.locator(SAID)).to_be_visible(timeout=SOON)
    expect(page.locator(f".column[data-stage=in_work] .card[data-lead='{lead}']")).to_be_attached(timeout=SOON)

    page.goto(floor[1].url + "/")
    lead = page.locator(".column[data-stage=new] .card").first.get_attribute("data-lead")
    page.goto(f"{floor[1].url}/leads/{lead}")
    page.locator("#comment").fill("Просил перезвонить после пяти")
    page.locator("form.comment button").click()
    expect(page.locator("#story")).to_contain_text("Просил перезвонить после пяти")
    unfolded(page, "#assign")
    page.locator("#assign-person").select_option(label="Борис Левин")
    page.locator("#assign form button").click()
    expect(page.locator("#now h2")).to_contain_text("Борис Левин", timeout=SOON)
    unfolded(page, "#close")
    page.locator("#close .moves button").first.click()
    expect(page.locator("#now.closed")).to_be_visible(timeout=SOON)

    page.goto(floor[1].url + "/now")
    page.locator(".worker [data-ask=pause]").first.click()
    page.locator("dialog[open] input[name=reason]").fill("на складе")
    page.locator("dialog[open] button.act").click()
    expect(page.locator(".worker.is-paused")).to_have_count(1, timeout=SOON)
    page.locator(".worker.is-paused button").click()
    expect(page.locator(".worker.is-paused")).to_have_count(0, timeout=SOON)

    page.goto(floor[1].url + "/map")
    expect(page.locator("svg .count").first).to_be_visible()
    page.locator(".words a[href*='/offered']").click()
    page.locator(".found a").first.click()
    expect(page.locator("#now")).to_be_visible()

    page.goto(floor[1].url + "/journal")
    page.locator("#annulled").select_option(index=1)
    page.locator("form.filter button").click()
    expect(page).to_have_url(re.compile("annulled=[^&]"))
    assert complaints == []
    floor[0].check()


@pytest.mark.rule("S-35")
def test_two_people_press_at_once_on_the_board(visit: Visit, floor: Floor) -> None:
    """The head moves the card while its holder takes it: one of them is told what the other did."""
    floor[0].load(2)
    anna = sign_in(visit, *floor, "anna", "/my", width=390, height=844)
    olga = sign_in(visit, *floor, "olga", "/", language="en-GB")
    offer = anna.locator("article.offer").first
    expect(offer).to_be_visible(timeout=SOON)
    lead = str(offer.locator("h2 a").get_attribute("href")).rpartition("/")[2]
    card = olga.locator(f".card[data-lead='{lead}']")
    card.locator(".card-menu > summary").click()
    press = "one => one.click()"
    offer.locator("button.act").evaluate(press)
    card.locator("button[formaction$='/move/junk']").evaluate(press)
    expect(anna.locator("#messages .message").first).to_be_visible(timeout=SOON)
    expect(olga.locator("#messages .message").first).to_be_visible(timeout=SOON)
    olga.goto(f"{floor[1].url}/leads/{lead}")
    steps = olga.locator(".step.taken, .step.closed")
    expect(steps.first).to_be_visible()
    floor[0].check()  # one verdict, whoever was first
