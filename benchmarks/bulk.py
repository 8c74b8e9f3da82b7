"""A million rows quickly: prepared inserts on SQLite, COPY on PostgreSQL. Columns and defaults come from the models."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db import connection, models
from psycopg.sql import SQL, Identifier


def _plain(value: Any, field: models.Field[Any, Any] | None = None) -> Any:
    """A value as both loaders take it: JSON as text, instants as the database keeps them."""
    if isinstance(field, models.JSONField) and value is not None:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, datetime) and connection.vendor == "sqlite":
        return instant(value)
    return value


def instant(value: datetime) -> Any:
    """An instant as a column holds it: text in UTC on SQLite, the value itself on PostgreSQL."""
    if connection.vendor == "sqlite":
        return connection.ops.adapt_datetimefield_value(value)
    return value


class Loader:
    """Fills one table. `columns` vary from row to row; all the others are `constant` or the model's defaults."""

    def __init__(self, model: type[models.Model], columns: Sequence[str], **constant: Any) -> None:
        self.table = model._meta.db_table
        self.columns = list(columns)
        self.tail: list[Any] = []
        blank = model(**constant)
        for field in model._meta.concrete_fields:
            if field.column in columns or (field.primary_key and field.attname not in constant):
                continue
            self.columns.append(str(field.column))
            self.tail.append(_plain(getattr(blank, field.attname), field))

    def load(self, rows: Iterable[Sequence[Any]], batch: int = 20_000) -> None:
        """Write the rows; values are in the order of `columns`, already plain (`instant`, JSON as text)."""
        whole = ([*row, *self.tail] for row in rows)
        if connection.vendor == "postgresql":
            self._copy(whole)
            return
        statement = (
            f"INSERT INTO {self.table} ({', '.join(self.columns)}) VALUES ({', '.join('?' * len(self.columns))})"
        )
        with connection.cursor() as cursor:
            raw = cursor.connection.cursor()
            while chunk := list(islice(whole, batch)):
                raw.executemany(statement, chunk)

    def _copy(self, rows: Iterator[list[Any]]) -> None:
        statement = SQL("COPY {} ({}) FROM STDIN").format(
            Identifier(self.table), SQL(", ").join(map(Identifier, self.columns))
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def settle(tables: Sequence[type[models.Model]]) -> None:
    """After explicit ids: sequences past them, statistics fresh, nothing left to write back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for model in tables:
                name = model._meta.db_table
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT coalesce(max(id), 1) FROM {name}))"
                )
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def now_utc() -> datetime:
    return datetime.now(UTC)
