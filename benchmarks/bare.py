"""The same rows by bare SQL: what the database itself can do.

The engine has run on one copy of a world; this reads back every row it appended or changed, and writes exactly those
rows into a second, untouched copy: same tables, same indexes, same values, all of them worked out beforehand, in
batches of one transaction. SQLite gets prepared `executemany`; PostgreSQL gets COPY for what is appended (or INSERT
from arrays, when that is faster) and UPDATE from arrays for what is changed.

`python -m benchmarks.bare --after DB --before DB --batch 1000 --way copy`
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import psycopg
from psycopg.types.json import Jsonb, set_json_loads

from benchmarks.cpu import Cpu
from benchmarks.frame import answer, say
from leaddrum import settings

APPENDED = ("turn", "incident", "entry", "effect")
CHANGED = ("cycle", "lead", "person", "standing", "drum", "company", "lane")
PER_LEAD = {"cycle", "lead"}
spent: dict[str, float] = {}  # seconds by table


@dataclass(frozen=True)
class Table:
    """What is to be written to one table, by batch."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    batches: list[list[tuple[Any, ...]]]


Connection = Any  # sqlite3's or psycopg's; both have execute()


def _connect(database: str) -> Connection:
    if database.startswith("postgres"):
        set_json_loads(lambda text: Jsonb(_Text(text), dumps=str))  # what was read is written back unparsed
        return psycopg.connect(database, autocommit=True)
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in settings.DATABASES["default"]["OPTIONS"]["init_command"].split(";"):  # as the product opens it
        connection.execute(pragma)
    connection.execute("PRAGMA foreign_keys=ON")  # likewise
    return connection


class _Text(str):
    """JSON as it came."""

    __slots__ = ()

    def __new__(cls, text: bytes | str) -> Self:
        return super().__new__(cls, text.decode() if isinstance(text, bytes) else text)


def _columns(connection: Connection, table: str) -> list[tuple[str, str]]:
    if isinstance(connection, sqlite3.Connection):
        return [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info(leaddrum_{table})")]
    return list(
        connection.execute(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
            f" WHERE attrelid = 'leaddrum_{table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
    )


def _comparable(value: Any) -> Any:
    return str(value.obj) if isinstance(value, Jsonb) else value


def _rows(connection: Connection, table: str, columns: Sequence[str], where: str = "") -> list[tuple[Any, ...]]:
    return list(connection.execute(f"SELECT {', '.join(columns)} FROM leaddrum_{table} {where} ORDER BY id"))


def appended(after: Connection, before: Connection, batch_of: dict[int, int], batches: int) -> list[Table]:
    """The new rows of the append-only tables. Ids are left to the database, as the engine leaves them."""
    found = []
    for table in APPENDED:
        described = [(name, kind) for name, kind in _columns(after, table) if name != "id"]
        names = [name for name, _ in described]
        last = before.execute(f"SELECT coalesce(max(id), 0) FROM leaddrum_{table}").fetchone()[0]
        cycle = names.index("cycle_id")
        parts: list[list[tuple[Any, ...]]] = [[] for _ in range(batches)]
        for row in _rows(after, table, names, f"WHERE id > {last}"):
            parts[batch_of.get(row[cycle], 0)].append(row)
        found.append(Table(table, tuple(names), tuple(kind for _, kind in described), parts))
    return found


def changed(after: Connection, before: Connection, batch_of: dict[int, int], batches: int) -> list[Table]:
    """The rows that were changed, only in the columns that were; the id is the last value of each."""
    found = []
    for table in CHANGED:
        described = [(name, kind) for name, kind in _columns(after, table) if name != "id"]
        names = ["id", *(name for name, _ in described)]
        old = {row[0]: row for row in _rows(before, table, names)}
        new = [row for row in _rows(after, table, names) if not _same(row, old.get(row[0], ()))]
        differing = [
            place
            for place in range(1, len(names))
            if any(_comparable(row[place]) != _comparable(old[row[0]][place]) for row in new if row[0] in old)
        ]
        if not differing:
            continue
        parts: list[list[tuple[Any, ...]]] = [[] for _ in range(batches)]
        for row in new:
            if row[0] not in old:
                continue
            values = (*(row[place] for place in differing), row[0])
            targets = [batch_of.get(row[0], 0)] if table in PER_LEAD else range(batches)
            for target in targets:
                parts[target].append(values)
        columns = tuple(names[place] for place in differing)
        kinds = dict(described)
        found.append(Table(table, columns, (*(kinds[name] for name in columns), "bigint"), parts))
    return found


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return len(one) == len(other) and all(_comparable(a) == _comparable(b) for a, b in zip(one, other, strict=True))


def order(after: Connection, before: Connection) -> list[int]:
    """The cycles that were handed over, in the order in which the engine wrote them."""
    last = before.execute("SELECT coalesce(max(id), 0) FROM leaddrum_entry").fetchone()[0]
    rows = after.execute(f"SELECT cycle_id, min(id) FROM leaddrum_entry WHERE id > {last} GROUP BY cycle_id ORDER BY 2")
    return [row[0] for row in rows]


@contextmanager
def _clocked(part: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    spent[part] = spent.get(part, 0.0) + time.perf_counter() - began


def write_sqlite(connection: Connection, new: list[Table], old: list[Table], number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for table in new:
        marks = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO leaddrum_{table.name} ({', '.join(table.columns)}) VALUES ({marks})"
        with _clocked(f"append {table.name}"):
            connection.executemany(statement, table.batches[number])
    for table in old:
        sets = ", ".join(f"{column} = ?" for column in table.columns)
        with _clocked(f"update {table.name}"):
            connection.executemany(f"UPDATE leaddrum_{table.name} SET {sets} WHERE id = ?", table.batches[number])
    with _clocked("commit"):
        connection.execute("COMMIT")


def _arrays(table: Table, number: int) -> tuple[str, list[list[Any]]]:
    """`unnest` over one array a column, and the arrays."""
    source = ", ".join(f"%b::{kind}[]" for kind in table.types)
    return f"unnest({source})", [list(column) for column in zip(*table.batches[number], strict=True)]


def write_postgres(connection: Connection, new: list[Table], old: list[Table], number: int, way: str) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        for table in new:
            if table.batches[number]:
                with _clocked(f"append {table.name}"):
                    _append(cursor, table, number, way)
        for table in old:
            if table.batches[number]:
                with _clocked(f"update {table.name}"):
                    _update(cursor, table, number)


def _append(cursor: Any, table: Table, number: int, way: str) -> None:
    names = ", ".join(table.columns)
    if way == "copy":
        with cursor.copy(f"COPY leaddrum_{table.name} ({names}) FROM STDIN") as copy:
            for row in table.batches[number]:
                copy.write_row(row)
        return
    source, values = _arrays(table, number)
    cursor.execute(f"INSERT INTO leaddrum_{table.name} ({names}) SELECT * FROM {source}", values)


def _update(cursor: Any, table: Table, number: int) -> None:
    source, values = _arrays(table, number)
    sets = ", ".join(f"{column} = new.c{n}" for n, column in enumerate(table.columns))
    named = ", ".join(f"c{n}" for n in range(len(table.types)))
    key = f"c{len(table.columns)}"
    cursor.execute(
        f"UPDATE leaddrum_{table.name} AS t SET {sets} FROM {source} AS new({named}) WHERE t.id = new.{key}", values
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--after", required=True)
    parser.add_argument("--before", required=True)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--way", choices=["copy", "arrays"], default="copy")
    given = parser.parse_args()
    after, before = _connect(given.after), _connect(given.before)
    cycles = order(after, before)
    batches = -(-len(cycles) // given.batch)
    batch_of = {cycle: place // given.batch for place, cycle in enumerate(cycles)}
    new = appended(after, before, batch_of, batches)
    old = changed(after, before, batch_of, batches)
    after.close()
    rows = {t.name: round(sum(map(len, t.batches)) / len(cycles), 2) for t in [*new, *old]}
    say(f"bare SQL: {len(cycles):,} hand-overs, rows each: {json.dumps(rows)}")
    used = Cpu(before)
    stamps = [time.perf_counter()]
    for number in range(batches):
        if isinstance(before, sqlite3.Connection):
            write_sqlite(before, new, old, number)
        else:
            write_postgres(before, new, old, number, given.way)
        stamps.append(time.perf_counter())
    seconds = stamps[-1] - stamps[0]
    longest = max(b - a for a, b in pairwise(stamps))
    answer(
        {
            "hand_overs": len(cycles),
            "seconds": seconds,
            "cpu": used.seconds(),
            "rows": rows,
            "longest": longest,
            "parts": spent,
        }
    )


if __name__ == "__main__":
    main()
