"""Which browser the tests and the pictures use, and how it is started: by itself, calling nobody."""

from __future__ import annotations

import os
import shutil

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
