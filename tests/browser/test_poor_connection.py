"""A press on a poor connection, with a wrong clock, and two presses at once: real Chromium, a phone's width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import SOON, Visit, sign_in
from tests.crash.site import Process, Site, fast_company

OFFER = "article.offer"


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Process]]:
    """One company and one server for all of these: an offer holds for two hours, and to one person at a time."""
    folder: Path = tmp_path_factory.mktemp("floor")
    roster = {"people": ["anna", "boris"]}
    site = Site(folder / "site", "", fast_company(budget="2h", roster=roster, open_offers_cap=20))
    yield site, site.start("serve", "--port", "0").wait_ready()
    site.close()


def turns(visit: Visit, floor: tuple[Site, Process], person: str, **how: Any) -> Page:
    return sign_in(visit, floor[0], floor[1], person, "/my", width=390, height=844, **how)


def offered(visit: Visit, floor: tuple[Site, Process], **how: Any) -> Page:
    """Anna's page with a new offer of hers on it."""
    floor[0].load(2)  # one for each of the two
    page = turns(visit, floor, "anna", **how)
    expect(page.locator(OFFER).first).to_be_visible(timeout=SOON)
    return page


def test_a_press_without_a_connection_is_kept_and_sent_once(visit: Visit, floor: tuple[Site, Process]) -> None:
    page = offered(visit, floor)
    before = page.locator(OFFER).count()
    offer = page.locator(OFFER).first
    title = offer.locator("h2").inner_text()
    posts: list[str] = []
    page.on("request", lambda sent: posts.append(sent.url) if sent.method == "POST" else None)
    page.context.set_offline(True)
    take = offer.locator("button.act")
    take.click()
    expect(page.locator("#unsent")).to_contain_text(title)
    take.click()  # impatience: the same press is not kept twice
    assert page.evaluate("JSON.parse(localStorage[`unsent-${document.body.dataset.person}`]).length") == 1
    page.context.set_offline(False)
    expect(page.locator("#unsent")).to_be_hidden(timeout=SOON)
    expect(page.locator(OFFER)).to_have_count(before - 1, timeout=SOON)
    expect(page.locator("#messages .success")).to_have_count(1)
    floor[0].check()


def test_an_answer_that_is_lost_does_not_take_twice(visit: Visit, floor: tuple[Site, Process]) -> None:
    """The press arrives and the answer does not: it is sent again, and read as what it is."""
    page = offered(visit, floor)
    before = page.locator(OFFER).count()
    sent = []

    def once(route):  # type: ignore[no-untyped-def]
        sent.append(route.request.url)
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/turns/*/take", once)
    page.locator(OFFER).first.locator("button.act").click()
    expect(page.locator(OFFER)).to_have_count(before - 1, timeout=SOON)
    expect(page.locator("#unsent")).to_be_hidden(timeout=SOON)
    assert len(sent) == 2
    assert sent[0] == sent[1]
    expect(page.locator("#messages .error")).to_have_count(0)
    floor[0].check()


def test_a_press_survives_the_page(visit: Visit, floor: tuple[Site, Process]) -> None:
    """He presses in a lift, and opens the page again in the street."""
    page = offered(visit, floor)
    before = page.locator(OFFER).count()
    page.route("**/turns/*/take", lambda route: route.abort())
    page.locator(OFFER).first.locator("button.act").click()
    expect(page.locator("#unsent")).to_be_visible()
    page.unroute("**/turns/*/take")
    page.goto(floor[1].url + "/my")
    expect(page.locator(OFFER)).to_have_count(before - 1, timeout=SOON)


KEPT = "JSON.parse(localStorage[Object.keys(localStorage).find((key) => key.startsWith('unsent-'))]).length"


def test_a_press_outlives_its_pages_token_and_its_session(visit: Visit, floor: tuple[Site, Process]) -> None:
    """Somebody has signed in on this phone since the page was opened; later the session has run out."""
    page = offered(visit, floor)
    before = page.locator(OFFER).count()
    context, url = page.context, floor[1].url
    context.add_cookies([{"name": "csrftoken", "value": "a" * 32, "url": url}])
    page.locator(OFFER).first.locator("button.act").click()
    expect(page.locator(OFFER)).to_have_count(before - 1, timeout=SOON)
    expect(page.locator("#unsent")).to_be_hidden(timeout=SOON)

    floor[0].load(2)
    page.goto(url + "/my")
    expect(page.locator(OFFER)).to_have_count(before, timeout=SOON)
    (session,) = [one["value"] for one in context.cookies() if one["name"] == "sessionid"]
    context.clear_cookies(name="sessionid")
    page.locator(OFFER).first.locator("button.act").click()
    page.wait_for_url("**/sign-in*")
    assert page.evaluate(KEPT) == 1
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    page.goto(url + "/my")
    expect(page.locator(OFFER)).to_have_count(before - 1, timeout=SOON)
    assert page.evaluate(KEPT) == 0


def test_a_press_that_is_refused_says_so(visit: Visit, floor: tuple[Site, Process]) -> None:
    page = offered(visit, floor)
    title = page.locator(OFFER).first.locator("h2").inner_text()
    page.route("**/turns/*/take", lambda route: route.fulfill(status=404))
    page.locator(OFFER).first.locator("button.act").click()
    expect(page.locator("#messages .error")).to_contain_text(title)
    assert page.evaluate(KEPT) == 0


CACHED = """async () => {
  const paths = [];
  for (const name of await caches.keys()) {
    for (const one of await (await caches.open(name)).keys()) paths.push(new URL(one.url).pathname);
  }
  return paths;
}"""


@pytest.mark.parametrize("language", ["ru-RU", "en-GB"])
def test_a_page_opened_without_a_connection_says_what_is_kept_and_goes_on(
    visit: Visit, floor: tuple[Site, Process], language: str
) -> None:
    page = offered(visit, floor, language=language)
    page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    page.reload()  # from now on through the service worker
    before = page.locator(OFFER).count()
    title = page.locator(OFFER).first.locator("h2").inner_text()
    page.context.set_offline(True)
    page.locator(OFFER).first.locator("button.act").click()
    expect(page.locator("#unsent")).to_be_visible()
    page.goto(floor[1].url + "/my")
    shown = page.locator(f"section[lang={language[:2]}]")
    expect(shown.locator("h1")).to_have_text({"ru": "Нет связи", "en": "No connection"}[language[:2]])
    expect(shown.locator("li")).to_contain_text([title])
    expect(page.locator("section:visible")).to_have_count(1)
    kept = page.evaluate(CACHED)
    assert "/offline" in kept
    assert all(path == "/offline" or path.startswith("/static/") for path in kept), kept  # nothing of a client
    page.context.set_offline(False)
    expect(page.locator(OFFER)).to_have_count(before - 1, timeout=SOON)  # by itself, with the press
    floor[0].check()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_phones_wrong_clock_changes_no_countdown(visit: Visit, floor: tuple[Site, Process], hours: int) -> None:
    page = offered(visit, floor)
    right = page.locator(OFFER).first.locator(".countdown").inner_text()
    page.add_init_script(
        f"const now = Date.now; Date.now = () => now() + {hours} * 3600e3;"
        f"const D = Date; globalThis.Date = class extends D {{ constructor(...a) {{ a.length ? super(...a) :"
        f" super(D.now()); }} }};"
    )
    page.reload()
    wrong = page.locator(OFFER).first.locator(".countdown").inner_text()
    assert abs(page.evaluate("Date.now()") / 1000 - __import__("time").time()) > 3000
    assert abs(seconds(right) - seconds(wrong)) < 20


def seconds(written: str) -> int:
    total = 0
    for part in written.split(":"):
        total = total * 60 + int(part)
    return total


@pytest.mark.rule("S-35")
def test_two_people_press_at_once(visit: Visit, floor: tuple[Site, Process]) -> None:
    anna = offered(visit, floor)
    head = sign_in(visit, *floor, "olga")
    url = anna.locator(OFFER).first.locator("h2 a").get_attribute("href")
    head.goto(floor[1].url + str(url))
    press = "document.querySelector('{}').click()"
    anna.evaluate(press.format(OFFER + " button.act"))
    head.evaluate(press.format("#actions button.act"))
    said = "#messages .message"
    expect(anna.locator(said).first).to_be_visible(timeout=SOON)
    expect(head.locator(said).first).to_be_visible(timeout=SOON)
    heard = anna.locator(said).all_inner_texts() + head.locator(said).all_inner_texts()
    assert sum("ваш" in one for one in heard) == 1, heard
    floor[0].check()


def test_a_colleague_is_asked_and_accepts_by_keyboard(visit: Visit, floor: tuple[Site, Process]) -> None:
    anna = offered(visit, floor)
    boris = turns(visit, floor, "boris")
    before = anna.locator(OFFER).count()
    title = anna.locator(OFFER).first.locator("h2").inner_text()
    fold = anna.locator("[data-key=hand] summary").first
    fold.focus()
    anna.keyboard.press("Enter")
    anna.locator("select[name=person]").first.focus()
    anna.keyboard.press("ArrowDown")
    anna.locator("[data-key=hand] form").first.locator("button").focus()
    anna.keyboard.press("Enter")
    asked = boris.locator("article.asks", has_text=title)
    expect(asked).to_be_visible(timeout=SOON)
    asked.locator("button.act").focus()
    boris.keyboard.press("Enter")
    expect(asked).to_have_count(0, timeout=SOON)
    expect(anna.locator(OFFER)).to_have_count(before - 1, timeout=SOON)
    floor[0].check()
