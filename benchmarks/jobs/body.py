"""The hand-over of one lead as a job does it, in bare SQL: read, decide, write.

1. Read the lead's cycle and the standing of everybody in the roster: one statement.
2. Choose whose last offer is oldest, one line per candidate, the texts of journal and notices.
3. Write turn, incident, journal, notices, cycle, owner and standing if the turn is still open: on PostgreSQL one
   statement, on SQLite one transaction.

Kind to the peers: the deadline is a constant, the counters of open offers are left alone, nobody's calendar, absence
or cap is looked at. The job of the next deadline is added by the library itself (`next_too`), which can be left out
to see what it costs.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
NAMES = ("id", "next", "lines", "missed", "offered", "turn", "notice", "now", "due")
READ = (
    "SELECT c.holder_id, s.person_id, s.last_offer_at FROM leaddrum_cycle c"
    " JOIN leaddrum_standing s ON s.drum_id = c.drum_id WHERE c.id = {id} AND c.turn_number = 1"
)


def statements() -> dict[str, Any]:
    """The writing SQL with `{name}` for each of NAMES: `postgres` is one statement, `sqlite` a list of them.

    Needs Django set up: columns and their defaults come from the models.
    """
    from django.db import connection, models  # the workers of the peers read a file instead and need no Django

    from leaddrum.models import Effect, Entry, Incident, Turn

    postgres = connection.vendor == "postgresql"

    def literal(value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(value).upper() if postgres else str(int(value))
        if isinstance(value, int | float):
            return str(value)
        text = value if isinstance(value, str) else json.dumps(value)
        return "'" + text.replace("'", "''") + "'"

    def insert(model: type[models.Model], source: str, **given: str) -> str:
        blank = model()
        meta = model._meta
        fields = [field for field in meta.concrete_fields if not field.primary_key]
        values = [given.get(str(field.column), literal(getattr(blank, field.attname))) for field in fields]
        columns = ", ".join(str(field.column) for field in fields)
        return f"INSERT INTO {meta.db_table} ({columns}) SELECT {', '.join(values)} FROM {source}"

    def typed(name: str, kind: str) -> str:
        return f"{{{name}}}::{kind}" if postgres else f"{{{name}}}"

    now = typed("now", "timestamptz")
    upcoming = typed("next", "bigint")
    lines = typed("lines", "jsonb")
    source = "c" if postgres else "leaddrum_cycle c WHERE c.id = {id} AND c.turn_number = 1"
    same = {"company_id": "c.company_id", "cycle_id": "c.id"}
    ended = {
        **same,
        "offered_at": "c.offered_at",
        "due_at": "c.due_at",
        "budget": "c.budget",
        "person_id": "c.holder_id",
    }
    entry = {**same, "at": now}
    effect = {**same, "created_at": now, "channel": "'email'", "state": "'pending'", "ready_at": now}
    effect["data"] = typed("notice", "jsonb")
    verdict = {"verdict": "'missed'", "verdict_at": "c.due_at", "noticed_at": now}
    miss = {"turn_number": "c.turn_number", "lead_id": "c.lead_id", "drum_id": "c.drum_id", "missed_at": now}
    changes = [
        insert(Turn, source, **ended, **verdict, number="c.turn_number", policy_version="1", candidates=lines),
        insert(
            Incident,
            source,
            **ended,
            **miss,
            policy_version="1",
            open_offers="3",
            next_person_id=upcoming,
            candidates=lines,
        ),
        insert(Entry, source, **entry, seq="c.seq + 1", kind="'missed'", data=typed("missed", "jsonb")),
        insert(Entry, source, **entry, seq="c.seq + 2", kind="'offered'", data=typed("offered", "jsonb")),
        insert(Effect, source, **effect, person_id="c.holder_id", kind="'missed'"),
        insert(Effect, source, **effect, person_id=upcoming, kind="'offer'"),
    ]
    sets = (
        "turn_number = 2, seq = seq_ + 2, misses = misses_ + 1, offered_at = {now}, due_at = {due}, next_at = {due},"
        " turn = {turn}, candidates = {lines}, holder_id = {next}"
    )
    if not postgres:
        cycle = "leaddrum_cycle WHERE id = {id} AND turn_number = 1"
        changes += [
            f"UPDATE leaddrum_lead SET owner_id = {{next}} WHERE id = (SELECT lead_id FROM {cycle})",
            (
                f"UPDATE leaddrum_standing SET last_offer_at = {{now}} WHERE person_id = {{next}}"
                f" AND drum_id = (SELECT drum_id FROM {cycle})"
            ),
            (
                f"UPDATE leaddrum_cycle SET {sets.replace('seq_', 'seq').replace('misses_', 'misses')}"
                " WHERE id = {id} AND turn_number = 1"
            ),
        ]
        return {"sqlite": changes}
    for name, kind in {
        "now": "timestamptz",
        "due": "timestamptz",
        "turn": "jsonb",
        "lines": "jsonb",
        "next": "bigint",
    }.items():
        sets = sets.replace(f"{{{name}}}", typed(name, kind))
    sets = sets.replace("seq_", "t.seq").replace("misses_", "t.misses")
    changes += [
        f"UPDATE leaddrum_lead l SET owner_id = {upcoming} FROM c WHERE l.id = c.lead_id",
        (
            f"UPDATE leaddrum_standing s SET last_offer_at = {now} FROM c"
            f" WHERE s.drum_id = c.drum_id AND s.person_id = {upcoming}"
        ),
        f"UPDATE leaddrum_cycle t SET {sets} FROM c WHERE t.id = c.id",
    ]
    chosen = "c AS MATERIALIZED (SELECT c.* FROM leaddrum_cycle c WHERE c.id = {id}::bigint AND c.state = 'offered'"
    chosen += " AND c.turn_number = 1 FOR UPDATE OF c)"
    parts = ", ".join([chosen, *(f"w{number} AS ({change})" for number, change in enumerate(changes))])
    return {"postgres": f"WITH {parts} SELECT count(*) FROM c"}


def decide(cycle: int, rows: Sequence[Any], *, text_instants: bool = False) -> dict[str, Any]:
    """The values of NAMES for the cycle, from what READ found."""
    holder = rows[0][0]
    order = [row[1] for row in sorted(rows, key=lambda row: (row[2], row[1]))]
    upcoming = next(person for person in order if person != holder)
    lines = [[upcoming, "chosen", ""]]
    for person in order:
        if person != upcoming:
            lines.append([person, "had_it" if person == holder else "later", ""])  # noqa: PERF401  reads better
    due = DUE.isoformat()
    turn = {"policy_version": 1, "remind_at": [[0.5, due], [0.8, due]]}
    offered = {"turn": 2, "person": upcoming, "due_at": due, "budget": 1800, "after": "missed", "candidates": lines}
    return {
        "id": cycle,
        "next": upcoming,
        "lines": json.dumps(lines),
        "missed": json.dumps({"turn": 1, "person": holder, "misses": 1, "open_offers": 3, "excuse": ""}),
        "offered": json.dumps(offered),
        "turn": json.dumps(turn),
        "notice": json.dumps({"due_at": due, "budget": 1800, "next_up": order[1]}),
        "now": NOW.strftime("%Y-%m-%d %H:%M:%S") if text_instants else NOW,
        "due": DUE.strftime("%Y-%m-%d %H:%M:%S") if text_instants else DUE,
    }


@cache
def prepared() -> dict[str, Any]:
    """The statements and the due cycles, as the benchmark wrote them for its workers."""
    text = Path(os.environ["BENCH_STATEMENTS"]).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def next_too() -> bool:
    """Whether the job of the next deadline is added with the hand-over, as it must be for the lead to go on."""
    return os.environ.get("BENCH_NEXT") == "1"


def database() -> str:
    """Address of the database: a URL, or the path of a SQLite file."""
    return os.environ["BENCH_DATABASE"]


def cycles() -> list[int]:
    """The cycles that are due."""
    found: list[int] = prepared()["cycles"]
    return found


@cache
def for_psycopg() -> tuple[bytes, bytes]:
    """The reading and the writing statement with `%(name)s`."""
    return tuple(re.sub(r"\{(\w+)\}", r"%(\1)s", text).encode() for text in (READ, prepared()["postgres"]))  # type: ignore[return-value]  # two in, two out


@cache
def for_asyncpg() -> tuple[str, str]:
    """The same with `$1`: the writing one takes all NAMES in order."""
    write = re.sub(r"\{(\w+)\}", lambda found: f"${NAMES.index(found[1]) + 1}", str(prepared()["postgres"]))
    return READ.replace("{id}", "$1"), write


@cache
def for_sqlite() -> list[str]:
    return [re.sub(r"\{(\w+)\}", r":\1", text) for text in (READ, *prepared()["sqlite"])]


def hand_over_psycopg(connection: Any, cycle: int) -> None:
    """`connection` commits by itself (autocommit)."""
    read, write = for_psycopg()
    rows = connection.execute(read, {"id": cycle}).fetchall()
    if rows:  # some libraries run a job twice: the second finds the turn over
        connection.execute(write, decide(cycle, rows))


def hand_over_sqlite(connection: sqlite3.Connection, cycle: int) -> None:
    """`connection` commits by itself (isolation_level None)."""
    read, *writes = for_sqlite()
    connection.execute("BEGIN IMMEDIATE")
    rows = connection.execute(read, {"id": cycle}).fetchall()
    values = decide(cycle, rows, text_instants=True) if rows else {}
    for statement in writes if rows else []:
        connection.execute(statement, values)
    connection.execute("COMMIT")


def connected() -> Any:
    """A connection of the worker's own for `hand_over`."""
    import psycopg

    if database().startswith("postgres"):
        connection = psycopg.connect(database(), autocommit=True)
        connection.prepare_threshold = 1
        return connection
    file = sqlite3.connect(database(), timeout=60, isolation_level=None)
    file.execute("PRAGMA synchronous=NORMAL")
    return file


def hand_over(connection: Any, cycle: int) -> None:
    if isinstance(connection, sqlite3.Connection):
        hand_over_sqlite(connection, cycle)
    else:
        hand_over_psycopg(connection, cycle)
