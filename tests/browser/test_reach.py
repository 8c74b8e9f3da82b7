"""Every page by keyboard alone, and as a screen reader finds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import SOON, Visit, sign_in
from tests.crash.site import Process, Site, fast_company

PAGES = (
    "/",
    "/now",
    "/my",
    "/my/away",
    "/my/month",
    "/leads/1",
    "/journal",
    "/add",
    "/import",
    "/password",
    "/journal/closed",
    "/journal/unread",
    "/settings/versions",
    "/setup",
    "/setup/drums/drum",
    "/setup/file",
    "/my/channels",
    "/settings/posts",
    "/ways",
    "/ways/1",
    "/ways/new/mailbox",
    "/routing",
)
OPEN_TO_ALL = ("/sign-in", "/sign-in/link", "/f/okna/drum", "/f/okna/drum/thanks", "/nothing-here")

# What a keyboard must reach: visible, enabled, and not inside something folded up. Of radio buttons of one name Tab
# comes to the chosen one, or to the first; the others are for the arrows.
WANTED = """() => {
  const stop = (one) => {
    const group = [...document.querySelectorAll("input[type=radio]")].filter((other) => other.name === one.name);
    return one === (group.find((other) => other.checked) ?? group[0]);
  };
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary");
  const wanted = [...all].filter((one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility()
    && one.getClientRects().length && !one.closest(".away") && (one.type !== "radio" || stop(one)));
  wanted.forEach((one, number) => { one.dataset.wanted = number; });
  return wanted.map((one) => one.outerHTML.slice(0, 120));
}"""
HERE = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return { number: one.dataset.wanted ?? null, seen, what: one.outerHTML.slice(0, 120) };
}"""
# How it is built: one heading of the first level, no level left out, every field and button with a name.
BUILT = """() => {
  const found = [];
  const heard = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.nodeValue;
    if (node.nodeType !== Node.ELEMENT_NODE || node.ariaHidden === "true" || !node.checkVisibility()) return "";
    return [...node.childNodes].map(heard).join(" ");
  };
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map((one) => Number(one.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) found.push(`h1: ${levels}`);
  levels.reduce((before, level) => { if (level > before + 1) found.push(`headings: ${levels}`); return level; }, 0);
  if (document.querySelectorAll("main").length !== 1) found.push("main");
  if (!["ru", "en"].includes(document.documentElement.lang)) found.push("lang");
  if (!document.title.trim()) found.push("title");
  for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!one.labels.length && !one.ariaLabel && !one.closest(".away")) found.push(one.outerHTML);
  }
  for (const one of document.querySelectorAll("button, a[href], summary")) {
    if (!one.checkVisibility()) continue;
    if (!heard(one).trim() && !one.ariaLabel) found.push(one.outerHTML);
  }
  const names = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const name of names) if (names.indexOf(name) !== names.lastIndexOf(name)) found.push(`id ${name} twice`);
  for (const one of document.querySelectorAll("[aria-describedby], [aria-labelledby]")) {
    const said = `${one.getAttribute("aria-describedby") ?? ""} ${one.getAttribute("aria-labelledby") ?? ""}`;
    for (const id of said.split(/\\s+/)) if (id && !document.getElementById(id)) found.push(`no #${id}`);
  }
  return [...new Set(found)];
}"""


@pytest.fixture
def calm(tmp_path: Path) -> Iterator[tuple[Site, Process]]:
    """A company where nothing changes while somebody looks: an offer holds for two hours."""
    site = Site(tmp_path / "calm", "", fast_company(budget="2h"))
    site.inside("way")
    yield site, site.start("serve", "--port", "0").wait_ready()
    site.close()


def walk(page: Page) -> tuple[list[str], list[str]]:
    """Tab through the page: what was never reached, and what did not show that it was."""
    page.evaluate("document.activeElement?.blur()")
    missing: dict[int, str] = dict(enumerate(page.evaluate(WANTED)))
    dark: dict[int, str] = {}  # a date field has a stop for each of its parts: one that shows is enough
    shown: set[int] = set()
    for _press in range(4 * len(missing) + 20):
        page.keyboard.press("Tab")
        here: dict[str, Any] = page.evaluate(HERE)
        if here["number"] is None:
            continue
        number = int(here["number"])
        missing.pop(number, None)
        if here["seen"]:
            shown.add(number)
        else:
            dark[number] = here["what"]
        if not missing:
            break
    return list(missing.values()), [what for number, what in dark.items() if number not in shown]


@pytest.mark.parametrize("width", [390, 1440])
def test_everything_is_reached_by_tab_and_shows_it(visit: Visit, calm: tuple[Site, Process], width: int) -> None:
    site, served = calm
    site.load(2)
    page = sign_in(visit, site, served, "irina", width=width)
    for path in (*PAGES, *OPEN_TO_ALL):
        page.goto(served.url + path)
        missing, unseen = walk(page)
        assert missing == [], f"{path}: not reached"
        assert unseen == [], f"{path}: no outline"


@pytest.mark.parametrize(("language", "width"), [("ru-RU", 390), ("en-GB", 1440)])
def test_pages_are_built_for_a_screen_reader(
    visit: Visit, calm: tuple[Site, Process], complaints: list[str], language: str, width: int
) -> None:
    site, served = calm
    site.load(2)
    page = sign_in(visit, site, served, "irina", language=language, width=width)
    for path in (*PAGES, *OPEN_TO_ALL):
        page.goto(served.url + path)
        assert page.evaluate(BUILT) == [], path
    stranger = visit(served.url + "/sign-in", language=language)
    assert stranger.evaluate(BUILT) == []
    assert [said for said in complaints if "404" not in said] == []


@pytest.mark.parametrize("seconds", ["20s"], indirect=True)
def test_an_offer_is_told_politely_once(visit: Visit, seconds: Site, served: Process) -> None:
    page = sign_in(visit, seconds, served, "anna", language="en-GB")
    page.goto(served.url + "/my")
    said = page.locator("#said[role=status]")
    expect(said).to_be_empty()
    seconds.load(1)
    expect(said).to_have_text("your turns: 1", timeout=SOON)
    expect(said).to_have_text(re.compile(r"^Лид 0: 0:\d\d$"), timeout=SOON)  # at half of it, and what is left


@pytest.mark.parametrize("seconds", ["20s"], indirect=True)
def test_a_time_grown_short_is_told_though_the_server_said_so_first(
    visit: Visit, seconds: Site, served: Process
) -> None:
    page = sign_in(visit, seconds, served, "anna", language="en-GB")
    seconds.load(1)
    page.goto(served.url + "/my")
    clock = page.locator(".offer [data-left]")
    expect(clock).to_have_attribute("data-level", "calm")
    page.evaluate("performance.now = () => 0")  # its own count is late: only the server tells it
    expect(clock).to_have_attribute("data-level", "half", timeout=SOON)
    expect(page.locator("#said")).to_have_text(re.compile(r"^Лид 0: 0:\d\d$"))


def test_the_skip_link_leads_past_the_header(visit: Visit, seconds: Site, served: Process) -> None:
    page = sign_in(visit, seconds, served, "anna")
    page.goto(served.url + "/journal")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
