"""Pictures of the stories from a client to “taken”: `python -m tests.browser.told_pictures docs/pictures/told`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import django

from tests.browser.chromium import speaking

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaddrum.settings")
django.setup()

from tests.browser.pictures import smaller  # noqa: E402 - needs the settings
from tests.browser.told import opened, tell  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Page


def main() -> int:
    wanted = argparse.ArgumentParser(prog="python -m tests.browser.told_pictures", description=__doc__)
    wanted.add_argument("folder", type=Path)
    wanted.add_argument("--languages", default="ru,en")
    asked = wanted.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for language in asked.languages.split(","):

        def shoot(name: str, page: Page, language: str = language) -> None:
            file = asked.folder / (f"{name}.png" if language == "en" else f"{name}.{language}.png")
            page.screenshot(path=file)
            smaller(file)
            print(file, flush=True)

        with opened(language) as office, speaking(language) as browser:
            tell(office, browser, shoot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
