"""Pictures of analytics, adviser, replay and the month's report: `python -m tests.browser.months FOLDER`.

They are taken on three months that `leaddrum sample-history` plays first.
Each page in Russian and English, 1440 and 390 px wide, light and dark, and as it prints on A4. `--docs docs/pictures`
takes those the documentation shows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from leaddrum.demo.stage import Stage, opened
from tests.browser.chromium import speaking
from tests.browser.pictures import WIDTHS, cookie, smaller

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from leaddrum.models import Company

PRINT = 794  # px of A4 at 96 to the inch
PAGES = {
    "analytics": "/analytics?{month}",
    "analytics-quarter": "/analytics?{quarter}",
    "analytics-people": "/analytics/people?{month}",
    "analytics-hours": "/analytics/hours?{month}",
    "analytics-funnel": "/analytics/funnel?{month}",
    "analytics-junk": "/analytics/junk?{month}",
    "analytics-rows": "/analytics/rows?{month}&of=missed",
    "analytics-data": "/analytics/data",
    "analytics-empty": "/analytics?since=2020-01-01&until=2020-01-31",
    "adviser": "/advice?drum=corporate",
    "adviser-site": "/advice?drum=site",
    "replay": "/advice/replay?drum=corporate",
    "replay-played": "/advice/replay?drum=corporate&budget=20&play=1",
    "months-journal": "/journal?{month}",
}
DOCS = {"analytics": 1440, "analytics-people": 1440, "adviser": 1440, "replay-played": 1440}


@dataclass(frozen=True)
class Months:
    """A history that has been played, and who looks at it."""

    company: Company
    language: str
    session: str
    stage: Stage

    def url(self, path: str) -> str:
        last = self.stage.now.date() - timedelta(days=1)
        days = {"month": 29, "quarter": 89}
        periods = {name: f"since={last - timedelta(days=back)}&until={last}" for name, back in days.items()}
        return self.stage.url + path.format(**periods)


def main() -> int:
    wanted = argparse.ArgumentParser(prog="python -m tests.browser.months", description=__doc__)
    wanted.add_argument("folder", type=Path)
    wanted.add_argument("--only", default="", help="names of pages, or their beginnings, with commas between")
    wanted.add_argument("--languages", default="ru,en")
    wanted.add_argument("--widths", default="1440,390,print")
    wanted.add_argument("--themes", default="light,dark")
    wanted.add_argument("--leads", type=int, default=3000, help="of three months")
    wanted.add_argument("--docs", action="store_true", help="only the pictures of the documentation, by its names")
    asked = wanted.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright keeps a loop in the thread that also asks the tables
    languages = asked.languages.split(",")
    if len(languages) > 1:  # each is an installation, and a process has one
        command = [sys.executable, "-m", "tests.browser.months", *sys.argv[1:], "--languages"]
        return max(subprocess.run([*command, language], check=False).returncode for language in languages)
    with opened(languages[0], 0) as stage, speaking(languages[0]) as browser:
        months = played(stage, languages[0], asked.leads)
        for file in shown(months, browser, asked.folder) if asked.docs else pictured(months, browser, asked):
            print(file, flush=True)
    return 0


def played(stage: Stage, language: str, leads: int) -> Months:
    from leaddrum import access
    from leaddrum.facts import keep
    from leaddrum.history.play import play
    from leaddrum.models import Person

    company = play(months=3, leads=leads, seed=1, lang=language, until=stage.now)
    while keep.step(stage.now):
        pass
    account = access.account_of(Person.objects.get(key="sofia"))
    return Months(company, language, cookie(account), stage)


def pictured(months: Months, browser: Browser, asked: argparse.Namespace) -> Iterator[Path]:
    begins = tuple(asked.only.split(",")) if asked.only else ("",)
    for name, path in PAGES.items():
        if not name.startswith(begins):
            continue
        for width in asked.widths.split(","):
            for theme in ("light",) if width == "print" else asked.themes.split(","):
                file = asked.folder / f"{name}.{months.language}.{width}.{theme}.png"
                with_page(months, browser, path, width, theme, file)
                yield file
    if "report".startswith(begins) or any(one.startswith("report") for one in begins):
        yield from report(months, browser, asked.folder)


def shown(months: Months, browser: Browser, folder: Path) -> Iterator[Path]:
    for name, width in DOCS.items():
        file = folder / (f"{name}.png" if months.language == "en" else f"{name}.{months.language}.png")
        with_page(months, browser, PAGES[name], str(width), "light", file, whole=False)
        smaller(file)
        yield file


def with_page(
    months: Months, browser: Browser, path: str, width: str, theme: str, file: Path, *, whole: bool = True
) -> None:
    size = {"width": PRINT, "height": 1123} if width == "print" else WIDTHS[int(width)]
    locale = {"ru": "ru-RU", "en": "en-GB"}[months.language]
    with browser.new_context(viewport=size, locale=locale, color_scheme=theme) as context:  # type: ignore[arg-type]
        context.add_cookies([{"name": "sessionid", "value": months.session, "url": months.stage.url}])
        page = context.new_page()
        page.goto(months.url(path))
        _wait(page)
        if width == "print":
            page.emulate_media(media="print")
        page.screenshot(path=file, full_page=whole)


def _wait(page: Page) -> None:
    """Until pictures are there and a replay has been played."""
    page.wait_for_load_state("networkidle")
    page.locator("#played").wait_for(state="detached", timeout=120_000)


def report(months: Months, browser: Browser, folder: Path) -> Iterator[Path]:
    """The month's mail as a mail program shows it, and its PDF."""
    from django.utils import translation

    from leaddrum.facts import monthly, monthly_pdf
    from leaddrum.models import Person

    month = (months.stage.now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    with translation.override(months.language):
        made = monthly.made(months.company, Person.objects.get(key="sofia"), month)
        html, sheet = monthly.html(made), monthly_pdf.sheet(made)
    file = folder / f"report.{months.language}.pdf.png"
    sheet.savefig(file, dpi=110)
    yield file
    for width in (720, 390):
        file = folder / f"report.{months.language}.{width}.png"
        with browser.new_context(viewport={"width": width, "height": 900}) as context:
            page = context.new_page()
            page.set_content(html)
            page.screenshot(path=file, full_page=True)
        yield file


if __name__ == "__main__":
    sys.exit(main())
