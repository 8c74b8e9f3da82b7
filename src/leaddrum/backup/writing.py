"""The backup is written: one snapshot of all tables, which stops nobody."""

from __future__ import annotations

import base64
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from leaddrum import __version__, clock
from leaddrum.backup.archive import CHUNK, FORMAT, Done, Manifest, kept


class CannotBackUpError(Exception):
    """Nothing was written, and why."""


def write(file: Path) -> Done:
    """Write the backup; the file appears when it is whole, readable by its owner only.

    Raises:
        CannotBackUpError: the file is there already.
        OSError: it cannot be written.
    """
    if file.exists():
        raise CannotBackUpError(f"{file} exists already: a backup is never overwritten. Name another file.")
    part = file.with_name(f".{file.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive, _snapshot():
                manifest = _dump(archive)
            out.flush()
            os.fsync(out.fileno())
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return Done.of(file, manifest)


@contextmanager
def _snapshot() -> Iterator[None]:
    """One unchanging view of all tables, in which nobody has to wait for us."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # `atomic` would take the write lock
        cursor.execute("SELECT count(*) FROM django_migrations")  # the snapshot begins with the first read
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _dump(archive: zipfile.ZipFile) -> Manifest:
    counts = {}
    for model in kept(apps):
        with archive.open(f"tables/{model._meta.db_table}.jsonl", "w", force_zip64=True) as out:
            counts[model._meta.db_table] = _dump_table(model, out)
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    manifest = {
        "format": FORMAT,
        "release": __version__,
        "taken_at": clock.now().isoformat(timespec="seconds"),
        "database": connection.vendor,
        "migrations": [list(migration) for migration in applied],
        "tables": counts,
        "secret_key": settings.SECRET_KEY,  # links already sent and sessions go on working
    }
    archive.writestr("manifest.json", orjson.dumps(manifest))
    return manifest


def _dump_table(model: type[models.Model], out: Any) -> int:
    fields = model._meta.local_concrete_fields
    out.write(orjson.dumps([field.attname for field in fields]) + b"\n")
    rows = 0
    for row in model._base_manager.order_by().values_list(*(field.attname for field in fields)).iterator(CHUNK):
        out.write(orjson.dumps(row, default=_plain) + b"\n")
        rows += 1
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return str(value)
