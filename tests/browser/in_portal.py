"""Pictures of our pages in a portal: `python -m tests.browser.in_portal FOLDER`, in the sizes of the portal's frame.

A tab of a card is about 900 × 600, narrow 600 × 600; the page of the menu 1200 × 800; the page that connects a portal
1440 and 390 wide. Russian and English, light and dark. `--docs docs/pictures` takes those of the documentation.
"""

from __future__ import annotations

import argparse
import html
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from leaddrum.demo.stage import Stage, opened
from tests.browser.chromium import speaking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Page

    from tests.bitrix24.office import Office
    from tests.bitrix24.portal import Portal
    from tests.bitrix24.portal.access import App

TAB, NARROW, MENU = (900, 600), (600, 600), (1200, 800)
NAMES = {  # for the English pictures
    1: ("Irene", "Adler"),
    3: ("Victor", "Hale"),
    13: ("Olga", "Reed"),
    27: ("Anna", "Kim"),
    31: ("Boris", "Levin"),
    35: ("Clara", "Weiss"),
}
STAGES = ("Unassigned", "In work", "Processed", "Good lead", "Junk")
TITLES = {
    "ru": ("Окна на дачу", "Балкон под ключ", "Остекление офиса", "Двери в коттедж", "Замер на завтра", "Ремонт окна"),
    "en": ("Windows, dacha", "Balcony", "Office glazing", "Doors, cottage", "Measuring tomorrow", "Window repair"),
}


@dataclass
class Morning:
    """A portal's morning: one lead missed and passed on, one taken, the others offered."""

    office: Office
    language: str
    numbers: list[int] = field(default_factory=list)

    def holder(self, number: int) -> int:
        """The portal's user who has this lead."""
        from leaddrum.models import Cycle

        holder = Cycle.objects.select_related("holder").get(lead__crm_key=f"lead:{number}").holder
        assert holder is not None
        return int(holder.key.removeprefix("b24:"))


def main() -> int:
    wanted = argparse.ArgumentParser(prog="python -m tests.browser.in_portal", description=__doc__)
    wanted.add_argument("folder", type=Path)
    wanted.add_argument("--languages", default="ru,en")
    wanted.add_argument("--docs", action="store_true", help="only the pictures of the documentation, by its names")
    asked = wanted.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright keeps a loop in the thread that also asks the tables
    for language in asked.languages.split(","):
        with opened(language, 0) as stage, speaking(language) as browser:
            for name in pictured(stage, browser, language, asked.folder, docs=asked.docs):
                print(name, flush=True)
    return 0


def pictured(stage: Stage, browser: Browser, language: str, folder: Path, *, docs: bool) -> Iterator[Path]:
    """Every picture of one language; yields the files."""
    from django.conf import settings

    from leaddrum import clock, lanes
    from tests.bitrix24 import office
    from tests.bitrix24.portal import Server
    from tests.world import World

    settings.ALLOWED_HOSTS = ["*"]
    mock.patch.object(lanes.Watch, "now", _now).start()
    served = office.portal()
    served.limits.rate = 0  # its clock stands
    if language == "en":
        for number, (name, last) in NAMES.items():
            served.users[number].name, served.users[number].last_name = name, last
        for stage_, title in zip(served.crm.types[1].pipelines[0].stages, STAGES, strict=False):
            stage_.name = title
    with Server(served):
        if not docs:
            yield from _connecting(stage, browser, language, folder, served)
        with clock.reading(lambda: World.newest.now):
            settings.PUBLIC_URL = office.HOME  # the application's address, where the portal would post events
            world = _morning(stage, served, language)
            settings.PUBLIC_URL = stage.url
        end = "" if language == "en" else f".{language}"
        for theme in ("light",) if docs else ("light", "dark"):
            for name, size, user, placement, lead in _pages(world):
                if docs and name not in ("portal-tab", "portal-menu"):
                    continue
                file = folder / (f"{name}{end}.png" if docs else f"{name}.{language}.{theme}.png")
                _take(stage, browser, world, file, (theme, size, user, placement, lead))
                yield file


def _now(_watch: object) -> datetime:
    from leaddrum import clock

    return clock.now()


def _pages(world: Morning) -> Iterator[tuple[str, tuple[int, int], int, str, int]]:
    """Name, size, who looks, where, which lead."""
    first, taken, waiting = world.numbers[0], world.numbers[1], world.numbers[2]
    yield "portal-tab", TAB, world.holder(first), "CRM_LEAD_DETAIL_TAB", first
    yield "portal-tab-narrow", NARROW, world.holder(first), "CRM_LEAD_DETAIL_TAB", first
    yield "portal-tab-taken", TAB, 13, "CRM_LEAD_DETAIL_TAB", taken
    yield "portal-tab-other", TAB, 13, "CRM_LEAD_DETAIL_TAB", waiting
    yield "portal-menu", MENU, world.holder(first), "LEFT_MENU", 0
    yield "portal-menu-narrow", NARROW, 13, "LEFT_MENU", 0
    yield "portal-journal", MENU, 13, "LEFT_MENU journal", 0


def framed(
    page: Page, portal: Portal, app: App, user: int, home: str, placement: str = "DEFAULT", lead: int = 0
) -> FrameLocator:
    """The portal's page with our frame in it, as a browser of that user has it."""
    assert portal.cloud is not None
    query, body = portal.cloud.frame(portal, app, user, placement, f'{{"ID":"{lead}"}}' if lead else "")
    inputs = "".join(f"<input type=hidden name='{name}' value='{html.escape(body[name])}'>" for name in body)
    text = (
        "<!doctype html><html lang=ru><meta charset=utf-8><title>Portal</title>"
        "<body style='margin:0'><main><h1 style='position:absolute;left:-99rem'>Portal</h1>"
        "<iframe title='LeadDrum' name=inside style='border:0;width:100%;height:100vh'></iframe>"
        f"<form method=post target=inside action='{home}/bitrix24/frame?{html.escape(query)}'>{inputs}</form></main>"
    )
    address = f"{portal.url}/crm/frame"
    page.route(address, lambda route: route.fulfill(body=text, content_type="text/html"))
    page.goto(address)
    with page.expect_response(lambda answer: "/bitrix24/frame" in answer.url):
        page.evaluate("document.forms[0].submit()")
    page.unroute(address)
    return page.frame_locator("iframe[name=inside]")


def _take(
    stage: Stage,
    browser: Browser,
    world: Morning,
    file: Path,
    which: tuple[str, tuple[int, int], int, str, int],
) -> None:
    theme, (width, height), user, placement, lead = which
    locale = {"ru": "ru-RU", "en": "en-GB"}[world.language]
    size = {"width": width, "height": height}
    with browser.new_context(viewport=size, locale=locale, color_scheme=theme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        place, _space, then = placement.partition(" ")
        frame = framed(page, world.office.portal, world.office.app, user, stage.url, place, lead)
        if then:
            frame.locator(f"button[formaction$={then}]").click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=file)


def _connecting(stage: Stage, browser: Browser, language: str, folder: Path, served: Portal) -> Iterator[Path]:
    """The page that connects a portal, step by step; nothing is connected."""
    from leaddrum import access

    for number, title in enumerate(TITLES[language]):
        served.lead(title, by=0, assignedById=13 if number % 2 else 27)
    stage.now = served.clock.now()
    for theme in ("light", "dark"):
        for width in (1440, 390):
            with browser.new_context(
                viewport={"width": width, "height": 900},
                locale={"ru": "ru-RU", "en": "en-GB"}[language],
                color_scheme=theme,
            ) as context:
                page = context.new_page()
                page.goto(f"{stage.url}/sign-in/link/{access.founding_link(now=stage.now, minutes=60)}")
                page.locator("main form button").first.click()
                page.goto(f"{stage.url}/setup/bitrix24")
                for step in ("address", "questions", "preview"):
                    if step == "questions":
                        page.locator("#address").fill(served.webhook(1))
                    if step != "address":
                        page.locator("main form button.act").click()
                    page.wait_for_load_state("networkidle")
                    file = folder / f"portal-connect-{step}.{language}.{width}.{theme}.png"
                    page.screenshot(path=file, full_page=True)
                    yield file
    for number in list(served.crm.items[1]):
        served.delete(number, by=1)


def _morning(stage: Stage, served: Portal, language: str) -> Morning:
    from leaddrum.engine import org
    from leaddrum.models import Company, Person
    from tests.bitrix24 import office

    name = {"ru": "Новые лиды", "en": "New leads"}[language]
    made = office.Office(served, application=True, checked=False, sweep="1m", name=name, open_offers_cap=10)
    day = Morning(made, language)
    titles = TITLES[language]
    day.numbers += [made.number(made.lead(title)) for title in titles[:2]]
    made.forward(minutes=12)
    served.move(day.numbers[1], "IN_PROCESS", by=day.holder(day.numbers[1]))
    made.noticed()
    made.forward(minutes=14)
    day.numbers += [made.number(made.lead(title)) for title in titles[2:]]
    made.forward(minutes=11)
    Company.objects.update(language=language)  # last: each look at the portal's people brings the file's back
    Person.objects.update(language=language)
    org.forget()
    stage.now = made.now
    return day


if __name__ == "__main__":
    sys.exit(main())
