"""Which browser the tests and the pictures use, and how it is started: by itself, calling nobody."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = os.environ.get("LEADDRUM_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages of other sites are made up here: Chromium takes them for ones on the internet that ask for this machine.
    "--disable-features=LocalNetworkAccessChecks",
]


@contextmanager
def speaking(language: str = "") -> Iterator[Browser]:
    """A browser whose own words and dates are in that language, where it has it, else in the machine's.

    Debian's `chromium-l10n` has it, `fonts-noto-color-emoji` what clients draw.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        spoken = {"LANGUAGE": {"ru": "ru", "en": "en_GB"}[language]} if language else {}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env={**os.environ, **spoken})
        yield browser
        browser.close()
