"""Reading a table of the star: known columns, bound values, one company; the same text on both databases.

Every value comes out as the feeds write it: instants as `2026-03-02T07:00:00Z`, days as `2026-03-02`. Pages go by key
(keyset), so the last costs what the first does; what is asked for by change stamp comes in the stamp's order, by its
index, so an incremental refresh costs what changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection, transaction

from leaddrum.facts.columns import ENTITIES
from leaddrum.facts.shape import Column, Entity

FETCH = 2000  # rows taken from the cursor at once
STAMP = "change_stamp"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula (CSV injection, OWASP)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Condition:
    """SQL over `t` with its values. `stamped`: it asks for rows above a change stamp."""

    sql: str
    values: tuple[Any, ...] = ()
    stamped: bool = False


@dataclass(frozen=True)
class Query:
    """What is read of one table for one company."""

    entity: Entity
    company: int
    columns: tuple[Column, ...]
    where: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()  # (SQL over `t`, descending)
    after: tuple[Any, ...] = ()  # of the row before: (key) or (stamp, key)
    skip: int = 0
    top: int | None = None

    @property
    def stamped(self) -> bool:
        return self.where is not None and self.where.stamped and not self.order

    @property
    def keyset(self) -> tuple[str, ...]:
        """The columns that name a row's place; none where an order of the reader's own is wanted."""
        if self.order:
            return ()
        return (STAMP, self.entity.key) if self.stamped else (self.entity.key,)


def whole(name: str, company: int, since: int | None = None) -> Query:
    """All columns of a table, `since` that change stamp (itself not)."""
    entity = ENTITIES[name]
    where = None
    if since is not None:
        where = Condition(f't."{STAMP}" > %s', (since,), stamped=True)
    return Query(entity, company, entity.columns, where)


def rows(query: Query, *, defused: bool = False) -> Iterator[Row]:
    """The rows, streamed. `defused`: no text can be taken for a formula, and truth values are words."""
    sql, values = statement(query, defused=defused)
    if connection.vendor == "postgresql":
        with unhurried(), connection.chunked_cursor() as cursor:  # a cursor on the server, rows as they come
            cursor.execute(sql, values)
            yield from _fetched(cursor)
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        yield from _fetched(cursor)


@contextmanager
def unhurried() -> Iterator[None]:
    """A transaction that whoever reads slowly may keep open: the server ends others that stand still."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield


def _fetched(cursor: Any) -> Iterator[Row]:
    while found := cursor.fetchmany(FETCH):
        yield from found


def page(query: Query, size: int) -> tuple[list[Row], tuple[Any, ...] | None]:
    """Up to `size` rows, and where the next page begins; None: there is none.

    The place is the keyset of the last row, or a number of rows to skip when the reader chose the order.
    """
    extra = tuple(column for name in query.keyset if (column := query.entity.column(name)) is not None)
    most = size if query.top is None else min(size, query.top)
    sql, values = statement(replace(query, columns=(*query.columns, *extra), top=most + 1))
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    more = len(found) > most and (query.top is None or query.top > most)
    found = found[:most]
    if not more:
        place = None
    elif extra:
        place = tuple(found[-1][-len(extra) :])
    else:
        place = (query.skip + most,)
    return [row[: len(query.columns)] for row in found], place


def count(query: Query) -> int:
    where, values = _where(replace(query, after=()))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {query.entity.source} t WHERE {where}", values)  # noqa: S608 - our names
        return int(cursor.fetchone()[0])


def statement(query: Query, *, defused: bool = False) -> tuple[str, list[Any]]:
    """The SELECT and its values."""
    where, values = _where(query)
    names = ", ".join(_written(column, defused=defused) for column in query.columns)
    ordered = ", ".join(f"{sql} {'DESC' if desc else 'ASC'}" for sql, desc in query.order)
    ties = ", ".join(f't."{name}"' for name in (query.keyset or (query.entity.key,)))
    sql = f"SELECT {names} FROM {query.entity.source} t WHERE {where} ORDER BY "  # noqa: S608 - names of our own
    sql += f"{ordered}, {ties}" if ordered else ties
    if query.top is not None:
        sql += " LIMIT %s"
        values.append(query.top)
    if query.skip:
        sql += (" LIMIT -1" if query.top is None and connection.vendor == "sqlite" else "") + " OFFSET %s"
        values.append(query.skip)
    return sql, values


def _where(query: Query) -> tuple[str, list[Any]]:
    sql, values = ["t.company_id = %s"], [query.company]
    if query.where is not None:
        sql.append(f"({query.where.sql})")
        values += query.where.values
    if query.after:
        names = ", ".join(f't."{name}"' for name in query.keyset)
        sql.append(f"({names}) > ({', '.join(['%s'] * len(query.after))})")
        values += query.after
    return " AND ".join(sql), values


def _written(column: Column, *, defused: bool) -> str:
    """A column as the feeds write it."""
    name, postgres = f't."{column.name}"', connection.vendor == "postgresql"
    if column.kind == "instant":
        if postgres:
            return f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        return f"replace({name}, ' ', 'T') || 'Z'"
    if column.kind == "date":
        return f"CAST({name} AS text)"
    if column.kind == "bool" and defused:
        return f"CASE WHEN {name} THEN 'true' ELSE 'false' END"
    if column.kind == "bool":
        return name if postgres else f"({name} + 0)"
    if column.kind == "text" and defused:
        signs = ", ".join(f"'{sign}'" for sign in FORMULA)
        return f"CASE WHEN substr({name}, 1, 1) IN ({signs}) THEN '''' || {name} ELSE {name} END"
    return name


@dataclass
class Expanded:
    """Rows of a linked table by their key, for the rows of one page."""

    columns: tuple[Column, ...]
    rows: dict[Any, Row] = field(default_factory=dict)


def linked(target: Entity, company: int, columns: Sequence[Column], keys: set[Any]) -> Expanded:
    """The rows of `target` with these keys."""
    found = Expanded(tuple(columns))
    key = target.column(target.key)
    wanted = sorted(key for key in keys if key is not None)
    for first in range(0, len(wanted), 500):
        some = wanted[first : first + 500]
        where = Condition(f't."{target.key}" IN ({", ".join(["%s"] * len(some))})', tuple(some))
        sql, values = statement(Query(target, company, (*columns, key) if key else tuple(columns), where))
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            found.rows.update({row[-1]: row[:-1] for row in cursor.fetchall()})
    return found
