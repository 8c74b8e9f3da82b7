"""The demo as a newcomer starts it, with the clock running as fast as the machine can."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def played(*arguments: str, folder: Path) -> str:
    """What the terminal showed of a whole demo that ended by itself."""
    surroundings = {**os.environ, "COLUMNS": "160", "TMPDIR": str(folder), "LEADDRUM_DATA": str(folder / "not-used")}
    done = subprocess.run(
        [sys.executable, "-m", "leaddrum", "demo", "--speed", "1000000", *arguments],
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> str:
    return played("--lang", "en", folder=tmp_path_factory.mktemp("demo"))


@pytest.mark.parametrize(
    "seen",
    [
        r"→ The lead arrived",
        r"… Waits: outside service hours \(until 09:00\)",
        r"● Turn 1 offered to: Anna Kim, until 09:08",
        r"why: .*Gleb Young — absent until",
        r"· Reminder: .*80%",
        r"✓ Taken at 09:0\d: Anna Kim",
        r"✗ Missed: Boris Levin, the deadline was",
        r"journal of misses, no\. 1: Boris Levin",
        r"● Turn 2 offered to",
        r"▲ Nobody took it in 2 turns\. The head is pulled in: Olga Reed",
        r"▲ Assigned by hand to: Anna Kim \(by: Olga Reed\)",
        r"→ The client asked again",
        r"\d misses in the journal",
        r"none forgotten",
    ],
)
def test_a_newcomer_sees_it(first: str, seen: str) -> None:
    assert re.search(seen, first), first


def test_the_same_seed_is_the_same_day_and_nothing_stays_behind(first: str, tmp_path: Path) -> None:
    again = played("--lang", "en", folder=tmp_path)
    assert without_links(again) == without_links(first)
    assert list(tmp_path.iterdir()) == []


def test_another_seed_is_another_day_in_another_language(first: str, tmp_path: Path) -> None:
    other = played("--seed", "7", "--lang", "ru", folder=tmp_path)
    assert "Записано в журнал нарушений" in other
    assert "Подключён руководитель: Ольга Руднева" in other
    assert "Missed:" not in other


def without_links(shown: str) -> str:
    return re.sub(r"http://\S+", "", shown)
