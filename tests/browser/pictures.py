"""Pictures of every page: `python -m tests.browser.pictures FOLDER`, from real pages on a real port.

Each page in Russian and English, 1440 and 390 px wide, light and dark; `--only board,my` takes some of them. The sample
company stands still at 10:40 of one morning (`sample`), so the same code gives the same pictures.
`--docs docs/pictures` takes those the documentation shows; where Pillow is installed they are made small.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from leaddrum.demo.stage import Stage, opened
from tests.browser.chromium import speaking
from tests.browser.shots import SITE, shots

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

    from leaddrum.models import Account
    from tests.browser.sample import Sample
    from tests.browser.shot import Shot

WIDTHS: dict[int, ViewportSize] = {1440: {"width": 1440, "height": 900}, 390: {"width": 390, "height": 844}}

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
    with opened("ru", 0) as stage:
        for language in asked.languages.split(","):
            with speaking(language) as browser:
                for name in pictured(stage, browser, language, asked):
                    print(name, flush=True)
    return 0


def pictured(stage: Stage, browser: Browser, language: str, asked: argparse.Namespace) -> Iterator[Path]:
    """Every wanted picture of one language; yields the files."""
    from tests.browser.sample import morning

    day, marked = morning(language)
    stage.now = day.now
    begins = tuple(asked.only.split(",")) if asked.only else ("",)
    left = {page for page, _width in DOCS.values() if page.startswith(begins)}  # of the documentation
    for shot in shots(stage, day, marked):
        if not shot.name.startswith(begins):
            continue
        if asked.docs:
            yield from shown(stage, browser, day, shot, asked.folder)
            left.discard(shot.name)
            if not left:
                return  # what comes after plays whole days
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
            context.add_cookies(
                [{"name": "sessionid", "value": session(shot.of or day, shot.person), "url": stage.url}]
            )
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
    from leaddrum import access

    return cookie(access.operator("operator") if person == "operator" else access.account_of(day.person(person)))


def cookie(account: Account) -> str:
    """The session of a browser that has signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

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


if __name__ == "__main__":
    sys.exit(main())
