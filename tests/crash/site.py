"""An installation run by real processes, so that they can be killed, frozen and cut off."""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, cast

import psycopg

from tests import toml
from tests.world import COMPANY

ROOT = Path(__file__).parent.parent.parent
READY = re.compile(r"is ready: (http\S+)|turns the drums")
PATIENCE = 180.0  # seconds until a process must be ready, or a wish come true: a hang is the failure, not slowness


def fast_company(**drum: Any) -> dict[str, Any]:
    """The stories' company with a drum that is always open and has budgets of one second."""
    file = cast("dict[str, Any]", json.loads(json.dumps(COMPANY)))
    hurried = {
        "budget": "1s",
        "calendar": "always",
        "cooldown": "0s",
        "min_rest": "0s",
        "open_offers_cap": 10000,
        "warn_at": [0.5],
    }
    file["drums"][0].update(hurried | drum)
    return file


class Process:
    """One `leaddrum` process; what it says is read as it says it."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.running = subprocess.Popen(
            command,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.said: list[str] = []
        self.url = ""
        self.ready = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.running.stdout is not None
        with self.running.stdout as said:
            for line in said:
                text = line.decode(errors="replace")
                self.said.append(text)
                found = READY.search(text)
                if found:
                    self.url = found.group(1) or ""
                    self.ready.set()

    def wait_ready(self) -> Process:
        until(lambda: self.ready.is_set() or self.running.poll() is not None)
        assert self.ready.is_set(), f"did not start: {self.output}"
        return self

    @property
    def output(self) -> str:
        return "".join(self.said)

    def signal(self, number: int) -> None:
        self.running.send_signal(number)

    def kill(self) -> None:
        """As a power cut would end it."""
        self.running.kill()
        self.wait()

    def stop(self) -> int:
        """As an operator would end it; returns the exit code."""
        self.running.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        code = self.running.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code


class Site:
    """A data folder, or a PostgreSQL database, with the fast company applied, or still `empty`.

    `applied`: the database has the company already, being a copy of one that was made for another test.
    """

    def __init__(
        self,
        folder: Path,
        database: str = "",
        company: dict[str, Any] | None = None,
        *,
        empty: bool = False,
        applied: bool = False,
    ) -> None:
        self.folder = folder
        self.database = database
        self.processes: list[Process] = []
        self.sessions: dict[str, str] = {}
        (folder / "data").mkdir(parents=True)
        if empty:
            return
        text = toml.dumps(company or fast_company())
        (folder / "company.toml").write_text(text, encoding="utf-8")
        if applied:
            return
        if database:
            self.leaddrum("migrate")
            self.apply()
        else:
            shutil.copytree(_applied(text), folder / "data", dirs_exist_ok=True)

    def apply(self) -> None:
        self.leaddrum("apply", str(self.folder / "company.toml"), "--yes")

    def environment(self, crash_at: str = "", **more: str) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("LEADDRUM_", "DJANGO_"))}
        return clean | {
            "LEADDRUM_DATA": str(self.folder / "data"),
            "DATABASE_URL": self.database,
            "LEADDRUM_CRASH_AT": crash_at,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            **more,
        }

    def leaddrum(self, *arguments: str, fine: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself; `more` are settings."""
        done = subprocess.run(
            [sys.executable, "-m", "leaddrum", *arguments],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            cwd="/",
            check=False,
        )
        assert not fine or done.returncode == 0, f"leaddrum {arguments}: {done.stdout}{done.stderr}"
        return done

    def start(self, *arguments: str, crash_at: str = "", **more: str) -> Process:
        """A process that stays; returns when it is ready. `more` are settings."""
        process = Process([sys.executable, "-m", "leaddrum", *arguments], self.environment(crash_at, **more))
        self.processes.append(process)
        return process if crash_at else process.wait_ready()

    def inside(self, *arguments: str, **more: str) -> dict[str, Any]:
        """A command of tests.crash.inside, in a process of its own with this site's settings."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.crash.inside", *arguments],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return cast("dict[str, Any]", json.loads(done.stdout))

    def load(self, leads: int) -> None:
        self.inside("load", str(leads))

    def session(self, person: str) -> str:
        """The cookie of somebody who has signed in. All of them are made at once: a process takes its time to start."""
        if not self.sessions:
            self.sessions.update(self.inside("sessions"))
        return self.sessions[person]

    def misses(self) -> int:
        return self.count("leaddrum_incident")

    def count(self, rows: str) -> int:
        """How many rows there are now, `rows` being what stands behind FROM. Asked often, so without a process."""
        query = f"SELECT count(*) FROM {rows}"
        if self.database:
            with psycopg.connect(self.database) as connection:
                found = connection.execute(query.encode()).fetchone()
        else:
            with closing(
                sqlite3.connect(f"file:{self.folder / 'data' / 'leaddrum.sqlite3'}?mode=ro", uri=True)
            ) as read:
                found = read.execute(query).fetchone()
        assert found is not None
        return int(found[0])

    def check(self) -> dict[str, Any]:
        """Every invariant and every count, or a failure that says which."""
        return self.inside("check")

    def close(self) -> None:
        for process in self.processes:
            if process.running.poll() is None:
                process.signal(signal.SIGCONT)
                process.kill()


@cache
def _applied(company: str) -> Path:
    """A data folder with this company in it, made once: a process takes seconds to start, copying does not."""
    site = Site(_temporary(), empty=True)
    shutil.copytree(migrated(), site.folder / "data", dirs_exist_ok=True)
    (site.folder / "company.toml").write_text(company, encoding="utf-8")
    site.apply()
    return site.folder / "data"


@cache
def migrated() -> Path:
    """A data folder with an empty database, likewise."""
    site = Site(_temporary(), empty=True)
    site.leaddrum("migrate")
    return site.folder / "data"


def _temporary() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="leaddrum-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def until(wish: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for something that must happen."""
    ends, pause = time.monotonic() + patience, 0.02
    while not wish():
        assert time.monotonic() < ends, f"did not happen within {patience:.0f} s"
        time.sleep(pause)
        pause = min(pause * 1.3, 0.4)  # a wish may cost a process
