"""Pictures of every page: `python -m tests.browser.pictures FOLDER`, from real pages on a real port.

Each page in Russian and English, 1440 and 390 px wide, light and dark; `--only board,my` takes some of them. The sample
company stands still at 10:40 of one morning (`sample`), so the same code gives the same pictures.
`--docs docs/pictures` takes those the documentation shows; where Pillow is installed they are made small.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from leaddrum.demo.stage import Stage, opened
from tests.browser.chromium import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from tests.browser.sample import Marked, Sample

WIDTHS: dict[int, ViewportSize] = {1440: {"width": 1440, "height": 900}, 390: {"width": 390, "height": 844}}
SITE = "http://shop.example"  # a site that shows the form in a frame

DOCS = {  # the documentation's name of it: which page, how wide
    "board": ("board", 1440),
    "board-phone": ("board", 390),
    "board-beside": ("board-beside", 1440),
    "now": ("now", 1440),
    "my-turns": ("my", 390),
    "lead": ("lead-passed-on", 1440),
    "journal": ("journal", 1440),
    "form": ("form", 390),
    "setup-drum": ("setup-drum-docs", 1440),
    "setup-hours": ("setup-hours", 1440),
    "map": ("map", 1440),
}

Act = Callable[["Page"], None]


@dataclass(frozen=True)
class Shot:
    """A page to take: who looks, where, and what he does first."""

    name: str
    path: str
    person: str = ""
    act: Act | None = None
    breaks: str = ""  # a function that fails while the page is opened


def main() -> int:
    wanted = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    wanted.add_argument("folder", type=Path)
    wanted.add_argument("--only", default="", help="names of pages, or their beginnings, with commas between")
    wanted.add_argument("--languages", default="ru,en")
    wanted.add_argument("--widths", default="1440,390")
    wanted.add_argument("--themes", default="light,dark")
    wanted.add_argument("--docs", action="store_true", help="only the pictures of the documentation, by its names")
    asked = wanted.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright keeps a loop in the thread that also asks the tables
    with opened("ru", 0) as stage, chromium() as browser:
        for language in asked.languages.split(","):
            for name in pictured(stage, browser, language, asked):
                print(name, flush=True)
    return 0


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # The site with the frame is made up here: Chromium takes it for one on the internet that asks for this machine.
        flags = [*FLAGS, "--disable-features=LocalNetworkAccessChecks"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


def pictured(stage: Stage, browser: Browser, language: str, asked: argparse.Namespace) -> Iterator[Path]:
    """Every wanted picture of one language; yields the files."""
    from tests.browser.sample import morning

    day, marked = morning(language)
    stage.now = day.now
    begins = tuple(asked.only.split(",")) if asked.only else ("",)
    for shot in shots(stage, day, marked):
        if not shot.name.startswith(begins):
            continue
        if asked.docs:
            yield from shown(stage, browser, day, shot, asked.folder)
            continue
        for width in map(int, asked.widths.split(",")):
            for theme in asked.themes.split(","):
                file = asked.folder / f"{shot.name}.{language}.{width}.{theme}.png"
                take(stage, browser, day, shot, file, width, theme)
                yield file


def shown(stage: Stage, browser: Browser, day: Sample, shot: Shot, folder: Path) -> Iterator[Path]:
    """The documentation's pictures of this page: what is seen of it without scrolling."""
    for name, (page, width) in DOCS.items():
        if page == shot.name:
            file = folder / (f"{name}.png" if day.language == "en" else f"{name}.{day.language}.png")
            take(stage, browser, day, shot, file, width, "light", whole=False)
            smaller(file)
            yield file


def smaller(file: Path) -> None:
    """256 colours are enough for a page."""
    try:
        from PIL import Image
    except ImportError:
        return
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


def take(
    stage: Stage, browser: Browser, day: Sample, shot: Shot, file: Path, width: int, theme: str, *, whole: bool = True
) -> None:
    locale = {"ru": "ru-RU", "en": "en-GB"}[day.language]
    with browser.new_context(viewport=WIDTHS[width], locale=locale, color_scheme=theme) as context:  # type: ignore[arg-type]
        if shot.person:
            context.add_cookies([{"name": "sessionid", "value": session(day, shot.person), "url": stage.url}])
        page = context.new_page()
        page.route(f"{SITE}/**", lambda route: route.fulfill(body=framed(stage, day), content_type="text/html"))
        with mock.patch(shot.breaks, side_effect=RuntimeError("on purpose")) if shot.breaks else quiet():
            page.goto(shot.path if shot.path.startswith("http") else stage.url + shot.path)
        if shot.act:
            shot.act(page)
        page.wait_for_load_state("networkidle")
        if whole:
            page.evaluate("scrollTo(0, 0)")  # what sticks to the top stands there
        page.screenshot(path=file, full_page=whole)


@contextmanager
def quiet() -> Iterator[None]:
    yield


def session(day: Sample, person: str) -> str:
    """The cookie of a browser signed in as that person; `operator` is an account of Django's admin."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from leaddrum import access

    account = access.operator("operator") if person == "operator" else access.account_of(day.person(person))
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def framed(stage: Stage, day: Sample) -> str:
    """A page of some site into which the snippet was pasted."""
    from django.conf import settings

    settings.FRAME_ANCESTORS = [SITE]
    url = f"{stage.url}/f/{day.company.key}/site/snippet?lang={day.language}"
    with urllib.request.urlopen(url) as answer:  # noqa: S310  our own server
        snippet = answer.read().decode()
    frame = re.search(r"<iframe.*?</iframe>", snippet, re.DOTALL)
    assert frame is not None, snippet
    return (
        f"<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<body style='font-family:serif;margin:2rem;background:#fff;color:#222'><h1>shop.example</h1>{frame.group()}"
    )


# What is taken.


def shots(stage: Stage, day: Sample, marked: Marked) -> Iterator[Shot]:
    form = f"/f/{day.company.key}/site"
    yield from doors(stage, day)
    yield from floor(stage, marked)
    yield from stories(marked)
    yield from setup(marked)
    yield from ways_in(stage, day, form)
    yield from presses(day, marked)
    yield from errors(form)
    yield from told(day)
    yield Shot("admin", "/admin/", "operator")
    yield Shot("admin-incidents", "/admin/leaddrum/incident/", "operator")
    yield Shot("admin-incident", "/admin/leaddrum/incident/1/change/", "operator")


def told(day: Sample) -> Iterator[Shot]:
    """How people are told: by several channels, one of which has stopped."""
    from django.conf import settings

    from leaddrum.engine import ways
    from leaddrum.models import Remembered

    settings.TELEGRAM_TOKEN = "1:pictures"
    Remembered.objects.update_or_create(name="telegram_bot", defaults={"value": "okna_leads_bot"})
    yield Shot("channels-mail-only", "/my/channels", "boris")
    anna, push = day.pk("anna"), {"p256dh": "x", "auth": "x"}
    ways.link(anna, ways.Address("telegram", "101", "@anna_kim"), now=day.now)
    ways.link(anna, ways.Address("push", "https://push.example.com/1", "Chrome, Windows", push), now=day.now)
    gone = ways.Address("telegram", "101")
    ways.broken(anna, gone, "403 Forbidden: bot was blocked by the user", now=day.now)
    yield Shot("channels", "/my/channels", "anna")
    yield Shot("channels-link", "/my/channels", "boris", clicks("section form[action$=telegram] button"))
    chat = ways.Address("telegram", "-1", day.said({"ru": "Продажи, общий чат", "en": "Sales, everybody"}))
    ways.open_outlet(day.company_id, chat, department=None, now=day.now)
    hook = ways.Address("webhook", "https://hooks.example.com/services/T0/B0", "Mattermost", {"secret": "x"})
    ways.open_outlet(day.company_id, hook, department=None, now=day.now, shape="text")
    yield Shot("posts", "/settings/posts", "irina")
    fill = fills("main form[action$=webhook]", url="https://crm.example.com/leads")
    yield Shot("posts-secret", "/settings/posts", "irina", fill)


def doors(stage: Stage, day: Sample) -> Iterator[Shot]:
    from leaddrum import access

    secret = access.make_link(access.account_of(day.person("anna")), now=stage.now, minutes=60)
    yield Shot("sign-in", "/sign-in")
    yield Shot("sign-in-wrong", "/sign-in", act=fills("main form", name="nobody@example.com", password="wrong"))
    yield Shot("sign-in-link", f"/sign-in/link/{secret}")
    yield Shot("sign-in-link-spent", "/sign-in/link/spent")
    yield Shot("ask-link", "/sign-in/link")
    yield Shot("ask-link-sent", "/sign-in/link", act=fills("main form", email="somebody@example.com"))
    yield Shot("password", "/password", "anna")
    weak = {"new_password1": "12345678", "new_password2": "123"}
    yield Shot("password-weak", "/password", "anna", fills("main form", **weak))


def floor(stage: Stage, marked: Marked) -> Iterator[Shot]:
    from leaddrum.models import Heartbeat, Lane

    yield Shot("now", "/now", "olga")
    yield Shot("now-assign", "/now", "olga", clicks("[data-ask=assign]"))
    Heartbeat.objects.update(beat_at=stage.now - timedelta(minutes=7))
    Lane.objects.update(failures=3, error="smtp.example.com: 451 try again later")
    yield Shot("now-broken", "/now", "irina")
    Heartbeat.objects.update(beat_at=stage.now)
    Lane.objects.update(failures=0, error="")
    yield Shot("board", "/", "olga")
    yield Shot("board-beside", f"/?lead={marked.passed_on.id}", "olga")
    yield Shot("board-late", "/?late=1", "olga")
    yield Shot("board-holder", "/", "anna")
    yield Shot("board-drum", "/?drum=tenders", "olga")
    yield Shot("board-menu", "/", "olga", clicks(".card-menu > summary"))
    yield Shot("board-more", "/", "olga", scrolls(".board", 900))
    yield Shot("board-of-nothing", "/", "pavel")
    yield Shot("menu", "/", "irina", clicks(".top .menu > summary"))
    yield Shot("my", "/my", "anna")
    yield Shot("my-decline", "/my", "anna", clicks(".decline > summary"))
    yield Shot("my-hand", "/my", "anna", opens("[data-key=hand]"))
    yield Shot("my-pause", "/my", "anna", opens("[data-key=pause]"))
    yield Shot("my-away", "/my/away", "anna", away)
    yield Shot("my-month", "/my/month", "anna", opens("details.fold"))
    yield Shot("my-late", "/my", "boris")
    yield Shot("my-paused", "/my", "gulnara")
    yield Shot("my-asked", "/my", "vera")
    yield Shot("my-empty", "/my", "gleb", clicks(".pause > summary"))
    yield Shot("my-head", "/my", "olga")


def stories(marked: Marked) -> Iterator[Shot]:
    for name in ("calm", "late", "passed_on", "held", "with_head", "taken"):
        card = getattr(marked, name)
        yield Shot("lead-" + name.replace("_", "-"), f"/leads/{card.id}", "olga")
    passed_on = marked.passed_on
    yield Shot("lead-open", f"/leads/{passed_on.id}", "olga", opens("details.fold:not(.act-fold)"))
    yield Shot("lead-assign", f"/leads/{passed_on.id}", "olga", opens("#assign"))
    yield Shot("lead-why-then", f"/leads/{passed_on.id}", "olga", clicks(".step [id^=why-when] > summary"))
    yield Shot("lead-move", f"/leads/{passed_on.id}", "olga", opens("#move"))
    yield Shot("lead-close", f"/leads/{passed_on.id}", "olga", opens("#close"))
    yield Shot("lead-holder", f"/leads/{marked.late.id}", "anna", opens("#decline"))
    yield Shot("lead-known", f"/leads/{marked.again.id}", "olga")
    yield Shot("deadline", f"/leads/{passed_on.id}/deadlines/1-1", "olga")
    yield Shot("journal", "/journal", "olga")
    yield Shot("journal-filtered", "/journal?person=gulnara&annulled=0", "olga")
    yield Shot("journal-empty", "/journal?since=2026-01-01&until=2026-01-02", "olga")
    yield Shot("journal-wrong", "/journal?since=yesterday", "olga")
    yield Shot("journal-annul", "/journal", "olga", opens(".incident-more .fold:last-child"))
    yield Shot("journal-explain", "/journal", "gulnara", opens(".incident-more .fold:last-child"))
    yield Shot("untaken", "/journal/closed", "olga")
    yield Shot("unread", "/journal/unread", "irina", opens("details.fold"))
    yield Shot("versions", "/settings/versions", "irina")


def setup(marked: Marked) -> Iterator[Shot]:
    yield Shot("setup", "/setup", "irina")
    yield Shot("setup-head", "/setup", "olga")
    yield Shot("setup-drum", "/setup/drums/site", "irina")
    yield Shot("setup-drum-look", "/setup/drums/site", "irina", changes(budget="15", open_offers_cap="2"))
    yield Shot("setup-drum-docs", "/setup/drums/site", "irina", changes(budget="15"))
    yield Shot("setup-drum-wrong", "/setup/drums/site", "irina", changes(budget="скоро", warn_at="200"))
    yield Shot("map", "/map?drum=site", "olga")
    yield Shot("map-week", "/map?drum=calls&days=7", "olga")
    yield Shot("map-leads", "/map/site/taken", "olga")
    yield Shot("setup-hours", "/setup/hours/office?year=2026", "irina", changes(**{"day-5": "10-15"}))
    yield Shot("setup-new-hours", "/setup/new-hours?person=anna", "irina", clicks("#kind-shifts"))
    yield Shot("setup-people", "/setup/people", "irina")
    yield Shot("setup-person", "/setup/people/anna", "irina")
    yield Shot("setup-person-head", "/setup/people/anna", "olga")
    yield Shot("setup-paste", "/setup/new-people", "irina", changes(lines="Мария Белова; belova@example.com; Партнёры"))
    yield Shot("setup-departments", "/setup/departments", "irina")
    yield Shot("setup-stages", "/setup/stages", "irina")
    yield Shot("setup-routes", "/setup/routes", "irina")
    yield Shot("setup-company", "/setup/company", "irina")
    yield Shot("setup-new-drum", "/setup/new-drum", "irina")
    yield Shot("setup-remove-drum", "/setup/drums/calls/remove", "irina")
    yield Shot("setup-file", "/setup/file", "irina")
    yield Shot("setup-back", "/setup/versions/1", "irina")


def ways_in(stage: Stage, day: Sample, form: str) -> Iterator[Shot]:
    from leaddrum.intake import table

    asked = f"{form}?lang={day.language}"
    good = {"name": day.said({"ru": "Иван Пробный", "en": "Sam Sample"}), "phone": "+7 495 555-01-77"}
    yield Shot("form", asked)
    yield Shot("form-wrong", asked, act=slowly(stage, fills("main form", phone="12", email="not an address")))
    yield Shot("form-quick", asked, act=fills("main form", **good, consent="yes"))
    yield Shot("form-sent", asked, act=slowly(stage, fills("main form", **good, consent="yes")))
    yield Shot("form-thanks", f"{form}/thanks?lang={day.language}")
    yield Shot("form-framed", f"{SITE}/")
    yield Shot("add", "/add", "anna")
    yield Shot("add-wrong", "/add", "anna", fills("main form"))
    yield Shot("add-long", "/add", "anna", fills("main form", title="x" * 20 + " " + "я" * 250, phone="?"))
    yield Shot("import", "/import", "olga")
    found = [table.load(day.company, day.person("olga"), name, csv(day), now=day.now) for name in FILES]
    yield Shot("import-preview", f"/import/{found[0].pk}", "olga")
    table.start(found[1])
    yield Shot("import-running", f"/import/{found[1].pk}", "olga")
    table.run_pending(day.now)
    yield Shot("import-done", f"/import/{found[1].pk}", "olga")
    yield Shot("import-again", "/import", "olga")


FILES = ("leads-from-the-autumn-fair-hall-3-stand-41-all-visitors-2026-11.csv", "leads.csv")


def csv(day: Sample) -> bytes:
    heading = day.said({"ru": "Имя;Телефон;Почта;Город;Комментарий", "en": "Name;Phone;E-mail;Town;Comment"})
    out = io.StringIO()
    out.write(heading + "\n")
    for number in range(40):
        out.write(f"Sample {number + 1};+7 495 555-02-{number:02};sample{number}@example.com;Тверь;\n")
        if number % 9 == 3:
            out.write(f"Sample;no number {number};not-an-address;;\n;;;;\n")
            out.write(f'"Broken quote;+7 495 555-03-{number:02}\n')
    return out.getvalue().encode()


def presses(day: Sample, marked: Marked) -> Iterator[Shot]:
    from leaddrum import links

    late, old = marked.late, marked.passed_on
    anna, gulnara = day.pk("anna"), day.pk("gulnara")
    yield Shot("press", f"/t/{links.make(*late.turn, anna)}")
    yield Shot("press-late", f"/t/{links.make(old.cycle.pk, 1, gulnara)}")
    yield Shot("press-bad", "/t/nonsense")
    yield Shot("press-taken", f"/t/{links.make(*marked.taken.turn, anna)}")


def errors(form: str) -> Iterator[Shot]:
    yield Shot("error-404", "/leads/999999", "anna")
    yield Shot("error-404-nobody", "/nothing-here")
    yield Shot("error-404-form", "/f/nobody/nothing")
    yield Shot("error-403", "/import", "anna")
    yield Shot("error-403-csrf", "/add", "anna", without_token)
    yield Shot("error-500", "/", "anna", breaks="leaddrum.web.board._context")
    yield Shot("error-429-form", form, act=floods)
    yield Shot("error-429-sign-in", "/sign-in", act=guesses)


# What is done on a page before it is taken.


def away(page: Page) -> None:
    """Somebody asks what a day off would do to what he holds."""
    page.locator("#since").fill("2026-11-24T10:50")
    page.locator("#until").fill("2026-11-25T18:00")
    page.locator("main form button").last.click()


def clicks(selector: str) -> Act:
    return lambda page: page.locator(selector).first.click()


def opens(selector: str) -> Act:
    return lambda page: page.evaluate("s => document.querySelectorAll(s).forEach(e => e.open = true)", selector)


def scrolls(selector: str, pixels: int) -> Act:
    return lambda page: page.evaluate("([s, x]) => document.querySelector(s).scrollBy(x, 0)", [selector, pixels])


def fills(form: str, **values: str) -> Act:
    def act(page: Page) -> None:
        for name, value in values.items():
            place = page.locator(f"{form} [name={name}]")
            place.check() if place.get_attribute("type") == "checkbox" else place.fill(value)
        page.evaluate("f => document.querySelector(f).noValidate = true", form)
        page.locator(f"{form} button[type=submit]").last.click()

    return act


def changes(**values: str) -> Act:
    """Settings are typed, and what they would do is waited for."""

    def act(page: Page) -> None:
        for name, value in values.items():
            page.locator(f"#{name}").fill(value)
        page.locator("#look .verdict").wait_for()
        page.wait_for_timeout(800)

    return act


def slowly(stage: Stage, act: Act) -> Act:
    """As a person fills in a form: some seconds after it was opened."""

    def later(page: Page) -> None:
        stage.now += timedelta(seconds=5)
        act(page)
        stage.now -= timedelta(seconds=5)

    return later


def without_token(page: Page) -> None:
    page.context.clear_cookies(name="csrftoken")
    fills("main form", title="x")(page)


def floods(page: Page) -> None:
    """More posts than are allowed; the last one is looked at."""
    from django.conf import settings

    from leaddrum.intake import rate

    before, settings.FORM_RATE = settings.FORM_RATE, "1/hour"
    rate.forget()
    fills("main form", name="1")(page)
    fills("main form", name="2")(page)
    settings.FORM_RATE = before
    rate.forget()


def guesses(page: Page) -> None:
    for _ in range(6):
        if page.locator("main form input[name=password]").count():
            fills("main form", name="guessed", password="wrong")(page)
    from axes.utils import reset

    reset()


if __name__ == "__main__":
    sys.exit(main())
