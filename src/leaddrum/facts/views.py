"""The star as views in the database, for whoever reads it with SQL: the same on SQLite and PostgreSQL (S-50).

They are dropped before a migration, which could not change a table that a view reads, and made again after it.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.migrations.loader import MigrationLoader

from leaddrum.facts.columns import ENTITIES
from leaddrum.facts.shape import Entity


def statement(entity: Entity) -> str:
    """`CREATE VIEW` of one table of the star. The first column says whose row it is."""
    names = ", ".join(f't."{column.name}"' for column in entity.columns)
    return (
        f"CREATE VIEW {entity.name} AS SELECT c.key AS company, {names}"  # noqa: S608 - names of our own
        f" FROM {entity.source} t JOIN leaddrum_company c ON c.id = t.company_id"
    )


def drop(using: str, **_signal: Any) -> None:
    with connections[using].cursor() as cursor:
        for name in ENTITIES:
            cursor.execute(f"DROP VIEW IF EXISTS {name}")


def make(using: str, **_signal: Any) -> None:
    """After the last migration; a database that is migrated to an older state has no views."""
    loader = MigrationLoader(connections[using])
    if any(leaf not in loader.applied_migrations for leaf in loader.graph.leaf_nodes("leaddrum")):
        return
    drop(using)
    with connections[using].cursor() as cursor:
        for entity in ENTITIES.values():
            cursor.execute(statement(entity))
