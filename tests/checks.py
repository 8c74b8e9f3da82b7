"""Every check, one after the other: `python -m tests.checks [pytest arguments]`, which is what `script/test` calls.

All run even when one fails, so that one run shows everything. What cannot run on this machine is said at the end with
its reason; with CI=true that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests import cluster
from tests.pbx import programs

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CORES = min(2, os.cpu_count() or 1)
NOTHING_COLLECTED = 5  # pytest's exit code; chosen tests may be none of the second run's
ON_SQLITE_ONLY = (  # pure, about pages, or with a database of their own: the same beside every database
    "tests/core",
    "tests/browser",
    "tests/advice/test_measures.py",
    "tests/bitrix24/test_client.py",
    "tests/bitrix24/test_foreign_clients.py",
    "tests/bitrix24/test_lacking.py",
    "tests/bitrix24/test_portal.py",
    "tests/bitrix24/test_rough_day.py",
    "tests/bitrix24/test_two_portals.py",
    "tests/company/test_lint.py",
    "tests/company/test_mistakes.py",
    "tests/engine/test_worst_case.py",
    "tests/intake/test_asterisk.py",
    "tests/intake/test_csvfile.py",
    "tests/intake/test_recognising.py",
    "tests/ops/test_benchmarks.py",
    "tests/ops/test_docs.py",
    "tests/ops/test_russian.py",
    "tests/ops/test_settings.py",
    "tests/ops/test_words.py",
    "tests/web/test_demo.py",
    "tests/web/test_design.py",
)

STYLE = {
    "ruff": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "layers": ("lint-imports",),
    "templates": ("djlint", "--lint", "--quiet", "src"),
}


@dataclass
class Run:
    """What happened so far."""

    failed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    instead: list[str] = field(default_factory=list)  # what another test stands in for; no gap
    tests: Counter[str] = field(default_factory=Counter)
    summaries: list[str] = field(default_factory=list)


def main() -> int:
    run = Run()
    with tempfile.TemporaryDirectory(prefix="leaddrum-test-") as folder:
        environment = os.environ | {"LEADDRUM_DATA": str(Path(folder) / "data")}
        environment.pop("DATABASE_URL", None)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # the tests start hundreds of processes: compiled once
        environment["LEADDRUM_CHROMIUM"] = _browser(run)
        style(run, environment)
        both(run, environment, Path(folder), sys.argv[1:])
    return report(run)


def _browser(run: Run) -> str:
    chosen = os.environ.get("LEADDRUM_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not chosen:
        run.missing.append("browser tests: no Chromium here (Debian, Ubuntu: apt install chromium)")
    return chosen


def _telephony(run: Run) -> None:
    """A real Asterisk for the tests of calls, from Debian's packages; where it cannot be had, recorded sessions do."""
    if programs.found() is None:
        print("   unpacking Asterisk for the tests into .venv", flush=True)
        try:
            programs.unpack(programs.UNPACKED)
        except programs.NotHadError as error:
            run.instead.append(f"calls through a real Asterisk: {error}; its recorded sessions are tested")


def style(run: Run, environment: Mapping[str, str]) -> None:
    """What reads the code and starts none of it: side by side, and Asterisk is brought meanwhile."""
    with ThreadPoolExecutor(CORES) as pool:
        telephony = pool.submit(_telephony, run)
        steps = {name: pool.submit(_quietly, command, environment) for name, command in STYLE.items()}
        for name, done in steps.items():
            code, said, seconds = done.result()
            print(f"── {name}\n{said}", end="")
            ended(run, name, code != 0, seconds)
        telephony.result()


def _quietly(command: tuple[str, ...], environment: Mapping[str, str]) -> tuple[int, str, float]:
    started = time.monotonic()
    program = [str(BIN / command[0]), *command[1:]]
    done = subprocess.run(
        program, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout, time.monotonic() - started


def step(
    run: Run, name: str, command: tuple[str, ...], environment: Mapping[str, str], fine: tuple[int, ...] = (0,)
) -> None:
    """One check; its output is shown as it comes. `fine` are the exit codes that are no failure."""
    print(f"── {name}", flush=True)
    started = time.monotonic()
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, env=environment, check=False)
    ended(run, name, done.returncode not in fine, time.monotonic() - started)


def ended(run: Run, name: str, bad: bool, seconds: float) -> None:
    if bad:
        run.failed.append(name)
    print(f"   {'failed' if bad else 'ok'}, {seconds:.0f} s", flush=True)


def both(run: Run, environment: Mapping[str, str], folder: Path, arguments: list[str]) -> None:
    """The tests on SQLite, then those that touch a database again on PostgreSQL."""
    suite(run, "tests on SQLite", environment, folder / "sqlite.xml", arguments)
    try:
        if cluster.binaries() is None:
            _install_server()
        with cluster.running() as server:
            environment = {**environment, "DATABASE_URL": server.url("leaddrum")}
            rest = [f"--ignore={path}" for path in ON_SQLITE_ONLY]
            suite(run, "tests on PostgreSQL", environment, folder / "postgresql.xml", [*rest, *arguments])
    except cluster.NoServerError as error:
        run.missing.append(f"tests on PostgreSQL: {error} (Debian, Ubuntu: apt install postgresql)")


def _install_server() -> None:
    """PostgreSQL's server programs as a wheel, where the system has none."""
    print("   installing a PostgreSQL server for the tests into .venv", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*pip, "-r", str(ROOT / "requirements/postgres.txt")], check=False)


def suite(run: Run, name: str, environment: Mapping[str, str], report_file: Path, arguments: list[str]) -> None:
    fine = (0, NOTHING_COLLECTED) if arguments else (0,)
    # Two more than cores: many tests wait for a process, a browser or a clock.
    workers = ["-n", str(CORES + 2), "--dist", "worksteal", "--durations=15"]
    step(run, name, ("pytest", *workers, f"--junitxml={report_file}", "-q", *arguments), environment, fine)
    if not report_file.exists():
        run.summaries.append(f"{name}: did not run")
        return
    counts: Counter[str] = Counter()
    for found in ET.parse(report_file).getroot().iter("testsuite"):  # noqa: S314  # pytest wrote it a moment ago
        for outcome in ("failures", "errors", "skipped"):
            counts[outcome] += int(found.get(outcome, 0))
        counts["passed"] += int(found.get("tests", 0)) - sum(
            int(found.get(k, 0)) for k in ("failures", "errors", "skipped")
        )
    run.tests += counts
    run.summaries.append(f"{name}: {_counts(counts)}")


def _counts(counts: Counter[str]) -> str:
    failed = counts["failures"] + counts["errors"]
    return f"{counts['passed']} passed, {failed} failed, {counts['skipped']} skipped"


def report(run: Run) -> int:
    """The plain ending: what failed, what was left out and why, and the sum."""
    strict = os.environ.get("CI", "").lower() in {"1", "true"}
    if strict and run.missing:
        run.failed.append("something is missing on this machine, and CI=true allows no gaps")
    print("──")
    for reason in (*run.missing, *run.instead):
        print(f"skipped: {reason}")
    for name in run.failed:
        print(f"failed: {name}")
    for summary in run.summaries:
        print(summary)
    print(_counts(run.tests))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
