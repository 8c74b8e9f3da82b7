"""An empty database gets its tables at once (`leaddrum.fresh`): they are those that all migrations lead to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.crash.site import Site

Ask = Callable[[str], list[tuple[Any, ...]]]
OF_POSTGRES = {
    "columns": "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,"
    " column_default, is_identity, identity_generation FROM information_schema.columns WHERE table_schema = 'public'",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
}
OF_SQLITE = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
IN_THEM = {
    "migrations": "SELECT app, name FROM django_migrations",
    "models": "SELECT app_label, model FROM django_content_type",
    "permissions": "SELECT c.app_label, p.codename, p.name FROM auth_permission p"
    " JOIN django_content_type c ON c.id = p.content_type_id",
}
FILLED = {"django_migrations", "django_content_type", "auth_permission"}


def described(ask: Ask) -> dict[str, set[Any]]:
    """Tables with their columns, indexes and constraints, views, and the few rows there are."""
    found: dict[str, set[Any]] = {what: set(ask(query)) for what, query in IN_THEM.items()}
    if connection.vendor == "postgresql":
        found |= {what: set(ask(query)) for what, query in OF_POSTGRES.items()}
        tables = {row[0] for row in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    else:
        found["schema"] = {(name, *parts(sql)) for name, sql in ask(OF_SQLITE)}
        tables = {row[0] for row in ask("SELECT name FROM sqlite_master WHERE type = 'table'")} - {"sqlite_sequence"}
    found["filled"] = {table for table in tables if ask(f'SELECT 1 FROM "{table}" LIMIT 1')}
    return found


def parts(sql: str) -> list[str]:
    """A table's columns and constraints, sorted: one that came later stands behind the others. Anything else whole."""
    if not sql.startswith("CREATE TABLE"):
        return [sql]
    found, depth = [""], 0
    for letter in sql[sql.index("(") + 1 : sql.rindex(")")]:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return sorted(part.strip() for part in found)


@pytest.mark.django_db
def test_the_tables_of_an_empty_database_are_those_of_all_migrations(make_site: Callable[..., Site]) -> None:
    """The tests' own database went through every migration."""
    site = make_site(empty=True)
    assert "leaddrum.0001_initial" in site.leaddrum("migrate").stdout
    with connection.cursor() as cursor:

        def here(query: str) -> list[tuple[Any, ...]]:
            cursor.execute(query)
            return list(cursor.fetchall())

        migrated = described(here)
    if site.database:
        with psycopg.connect(site.database) as reading:
            laid = described(lambda query: list(reading.execute(query.encode()).fetchall()))
    else:
        with sqlite3.connect(site.folder / "data" / "leaddrum.sqlite3") as reading_file:
            laid = described(lambda query: reading_file.execute(query).fetchall())
    assert migrated["filled"] == FILLED
    for what, rows in migrated.items():
        assert rows - laid[what] == set(), what
        assert laid[what] - rows == set(), what
    assert len(migrated["migrations"]) > 60
