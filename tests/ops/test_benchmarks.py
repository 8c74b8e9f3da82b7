"""The parts of the benchmarks still run, in tiny sizes, on the database of this run: what they measure changes."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from benchmarks import databases, deadlines, document, frame, handovers, pages, world
from django.db import connection

from leaddrum import engine
from leaddrum.core.hours import Hours
from leaddrum.core.hours import compile as compiled
from leaddrum.facts import describing, keep
from leaddrum.models import Described, Entry, Keeping

SIZES = handovers.Sizes(waiting=60, due=20, small=0, small_due=0, repeats=1, companies=2, people=3)


@pytest.fixture
def kind() -> Iterator[databases.Databases]:
    with databases.both("postgres" if connection.vendor == "postgresql" else "sqlite") as found:
        if not found:
            pytest.skip("no PostgreSQL server programs on this machine")
        yield found[0]


def test_engine_and_bare_sql_write_the_same_rows(kind: databases.Databases) -> None:
    now = handovers.build(kind, "world", SIZES.waiting, SIZES.due, SIZES)
    found = handovers.compare(kind, "world", now, repeats=1, due=SIZES.due)
    each = {"turn": 1, "incident": 1, "entry": 2, "effect": 2, "cycle": 1, "lead": 1}
    assert {name: found.last["rows"][name] for name in each} == each
    assert found.last["hand_overs"] == SIZES.due
    assert min(found.ours, found.theirs, found.our_cpu, found.their_cpu) > 0


@pytest.mark.django_db
def test_the_books_of_the_world_are_kept_up_as_those_of_a_company_that_works() -> None:
    """Else what is measured would be the first look at a company, which it has once in its life."""
    plan = world.Plan(waiting=20, due=4, companies=2, people=3, now=world.WORKDAY)
    world.fill(plan)

    def books() -> tuple[list[Any], list[Any]]:
        described = Described.objects.filter(dimension__in=describing.OF_THE_SETUP)
        return list(Keeping.objects.order_by("pk").values()), list(described.order_by("pk").values())

    began = books()
    assert {row["dimension"] for row in began[1]} == set(describing.OF_THE_SETUP)
    assert keep.step(plan.now) is False
    assert books() == began
    engine.tick(plan.now, limit=100)
    keep.step(plan.now)
    newest = Entry.objects.latest("pk").pk
    assert newest in {row["entry"] for row in books()[0]}
    assert books()[1] == began[1]  # nobody's name and no drum was looked at anew for it


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it starts servers of its own, the same on any database")
def test_each_page_is_shown_and_its_queries_are_counted(kind: databases.Databases) -> None:
    found = pages.look(kind, 40, pages.Sizes(small=40, large=40, repeats=1, old=50, people=4, seconds=2), large=True)
    shown = {name: page for name, page in found.items() if not name.startswith(("weight", "live", "open"))}
    assert {name.rpartition(", ")[2] for name in shown} == {"employee", "head", "administrator"}
    assert all(page["queries"] >= 4 and 0 < page["median"] <= page["p95"] for page in shown.values()), shown
    assert found["weight: board"]["later"] < found["weight: board"]["first"]
    assert found["live: board"]["still_bytes"] < found["live: board"]["moved_bytes"]
    for name in ("open: still", "open: moving"):
        assert found[name]["people"] == 4
        assert found[name]["wrong"] == 0
        assert found[name]["asked"] >= 4
    assert found["open: moving"]["moved"] > 0


def test_more_queries_with_more_leads_are_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_kind: object, leads: int, _sizes: object, *, large: bool) -> dict[str, Any]:
        weight, live = {"first": 1, "later": 1, "files": 1}, dict.fromkeys(("still", "moved"), 0.01)
        watched = live | {"people": 1, "asked": 1, "seconds": 1, "wrong": int(not large)}
        return {
            "board": {"median": 0.01, "p95": 0.01, "cpu": 0.01, "queries": 8 + leads // 1000, "bytes": 1},
            "weight: board": weight,
            "weight: my turns": weight,
            "live: board": live | {"still_bytes": 0, "moved_bytes": 1},
            "open: still": watched,
            "open: moving": watched,
        }

    monkeypatch.setattr(pages, "look", look)
    sizes = pages.Sizes(small=100, large=10_000, repeats=1, old=0, people=1, seconds=1)
    row, *_others = pages.measure(databases.Sqlite(Path("nowhere")), sizes)
    assert row.met is False


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it makes a database of its own, in SQLite")
def test_facts_are_made_and_read() -> None:
    env = frame.environment({"LEADDRUM_LOG": "error"})
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.feeds", "3600"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["first feed page of 10,000 rows, rows"] == 3600
    assert found["CSV of all, rows/s"] > 0


def test_walk_judge_and_calendar_agree() -> None:
    closed = deadlines.days_off()
    off = frozenset(closed)
    calendar = compiled(Hours.from_spec(deadlines.SPEC, "Europe/Moscow", closed), deadlines.WINDOW)
    half = timedelta(minutes=30)
    for start in random.Random(3).sample(deadlines.random_instants(2_000, seed=2), 60):
        assert calendar.add(start, 1800) == deadlines.walk(start, half, off) == deadlines.judge(start, off), start


def test_a_share_of_the_values() -> None:
    assert frame.percentile(list(range(1, 101)), 0.99) == 99
    assert frame.percentile([5.0], 0.99) == 5.0
    assert frame.median([3, 1, 2, 4]) == 2.5


def test_the_table_leaves_the_words_around_it_alone(tmp_path: Path) -> None:
    row = {"name": "engine", "value": 1234.5, "unit": "a second", "database": "sqlite", "target": "≥ 50 %"}
    whole = {**row, "met": False, "note": "a | b", "group": ""}
    about = {"date": "2026-01-01", "machine": "2 cores", "load": 0.1, "python": "3", "sqlite": "3", "quick": True}
    measures = {"handovers": {**about, "rows": [whole]}}
    file = tmp_path / "benchmarks.md"
    file.write_text(f"# Title\nBefore.\n{document.BEGIN}\nold\n{document.END}\nAfter.\n", encoding="utf-8")
    document.write(measures, [("handovers", "what")], file)
    text = file.read_text(encoding="utf-8")
    assert "old" not in text
    assert text.startswith("# Title\nBefore.\n")
    assert text.endswith("\nAfter.\n")
    assert "| engine | SQLite | 1,234 a second | ≥ 50 % | **missed** | a \\| b |" in text
    file.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="must have the lines"):
        document.write(measures, [("handovers", "what")], file)
