"""The whole product in a process of its own, as `leaddrum serve` starts it, and what one needs to talk to it."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.frame import ROOT, environment

COMMAND = [sys.executable, "-W", "ignore", "-m", "leaddrum"]
PATIENCE = 60.0  # seconds until it must be ready


@dataclass(frozen=True)
class Server:
    url: str
    pid: int
    env: Mapping[str, str]

    def token(self) -> str:
        """An API token of the first company."""
        return command(self.env, "token", "benchmark", "--company-key", "c0")

    def browser(self, person: str) -> httpx.Client:
        """Somebody signed in, as his browser would be: the link's page, then its button."""
        client = httpx.Client(timeout=120, follow_redirects=True)
        page = client.get(command(self.env, "login", person, "--company-key", "c0"))
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if found is None:
            raise RuntimeError(f"no form on the page of the sign-in link: {page.status_code}")
        client.post(str(page.url), data={"csrfmiddlewaretoken": found[1]}, headers={"Referer": str(page.url)})
        return client


def command(env: Mapping[str, str], *arguments: str) -> str:
    """The last line a command of the product prints."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, env=dict(env), stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip().splitlines()[-1]


@contextmanager
def serving(env: Mapping[str, str], **settings: str) -> Iterator[Server]:
    """The server on a free port until the block ends.

    Raises:
        RuntimeError: it did not become ready.
    """
    whole = environment({**env, "LEADDRUM_LOG": "warning", **settings})
    with tempfile.TemporaryDirectory(prefix="leaddrum-bench-server-") as folder:
        log = Path(folder) / "log"
        with log.open("w") as out:
            process = subprocess.Popen([*COMMAND, "serve", "--port", "0"], cwd=ROOT, env=whole, stderr=out)
            try:
                yield Server(_ready(process, log), process.pid, whole)
            finally:
                process.terminate()
                process.wait(60)


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"ready: (http\S+)", log.read_text(encoding="utf-8"))
        if found:
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text(encoding='utf-8')[-2000:]}")
