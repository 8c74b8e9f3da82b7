"""A backup is put into a database: wholly, or not at all."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from leaddrum import __version__, clock, start
from leaddrum.backup.archive import CHUNK, FORMAT, Done, Manifest, kept
from leaddrum.models import Heartbeat

SILENT = timedelta(seconds=30)  # an engine beats every 5
# What reading a file raises that is no backup, or not a whole one: whatever was done to it, nothing comes of it. Of an
# archive that is encrypted `zipfile` raises RuntimeError, of one packed in a way it does not know NotImplementedError.
NO_BACKUP = (
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError),  # of the archive
    *(LookupError, ValueError, TypeError, AttributeError, ValidationError, IntegrityError, DataError),  # of its rows
)


class CannotRestoreError(Exception):
    """Nothing was changed, and why."""


def read(file: Path, *, replace: bool = False) -> Done:
    """Put a backup into the database.

    Args:
        replace: throw away what the database holds.

    Raises:
        CannotRestoreError: no backup, one of a newer release, an engine runs, or the database is not empty.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive)
            with start.only_engine():
                _check_target(replace)
                with _new_database():
                    _load(archive, manifest)
            _keep_key(manifest)
    except NO_BACKUP as error:
        what = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise CannotRestoreError(f"{file} is not a whole backup of LeadDrum ({what}). Nothing was changed.") from error
    return Done.of(file, manifest)


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    """What the backup says of itself, once it is known to be whole and of a release that is understood."""
    manifest: Manifest = orjson.loads(archive.read("manifest.json"))
    if manifest["format"] > FORMAT:
        raise CannotRestoreError("The backup is of a newer release of LeadDrum. Upgrade this installation first.")
    known = MigrationLoader(None).disk_migrations  # without a look at the database, which may be past reading
    newer = [f"{app}.{name}" for app, name in manifest["migrations"] if (app, name) not in known]
    if newer:
        raise CannotRestoreError(
            f"The backup is of LeadDrum {manifest['release']}, which is newer than this one ({__version__}; it has "
            f"{newer[-1]}). Upgrade this installation first."
        )
    for table, expected in manifest["tables"].items():
        with archive.open(f"tables/{table}.jsonl") as lines:
            rows = sum(1 for _line in lines) - 1  # the first names the columns; the end of the file checks its sum
        if rows != expected:
            raise CannotRestoreError(f"The backup is damaged: {table} has {rows} rows instead of {expected}.")
    return manifest


def _check_target(replace: bool) -> None:
    try:
        full = _holds_a_company()
    except DatabaseError as error:
        if connection.vendor == "postgresql" or "locked" in str(error):
            raise
        if not replace:
            what = "The database that is there cannot be read. With --replace it is thrown away."
            raise CannotRestoreError(what) from error
        return  # a damaged file is what a backup is for
    if full and not replace:
        raise CannotRestoreError("The database is not empty. With --replace what it holds is thrown away.")


def _holds_a_company() -> bool:
    """
    Raises:
        CannotRestoreError: an engine runs on it.
    """
    tables = connection.introspection.table_names()
    if connection.vendor == "postgresql" and "leaddrum_heartbeat" in tables:
        living = Heartbeat.objects.filter(beat_at__gt=clock.now() - SILENT).exclude(note="stopped").first()
        if living is not None:
            raise CannotRestoreError(f"An engine runs on this database ({living.worker}). Stop every process first.")
    if "leaddrum_company" not in tables:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leaddrum_company")
        return bool(cursor.fetchone()[0])


@contextmanager
def _new_database() -> Iterator[None]:
    """An empty database to fill; it becomes the real one when the block ends well, and else never was."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            for table in filter(_ours, connection.introspection.table_names()):
                cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
            yield
        return
    real = Path(str(connection.settings_dict["NAME"]))
    aside = real.with_name("restore.sqlite3")
    connection.close()
    _unlink(aside)
    connection.settings_dict["NAME"] = str(aside)
    try:
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        _unlink(real, but_itself=True)  # the old write-ahead log must not be read into the new file
        aside.replace(real)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = str(real)
        _unlink(aside)


def _ours(table: str) -> bool:
    """Whether it is a table of this program, also of an older release of it: others' in the same database stay."""
    return table.startswith(("django_", *(f"{app.label}_" for app in apps.get_app_configs())))


def _unlink(file: Path, *, but_itself: bool = False) -> None:
    for suffix in ("-wal", "-shm") if but_itself else ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _load(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """1. The tables as they were. 2. Their rows. 3. Forward to this release."""
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    state = executor.migrate(_newest(executor, manifest))
    tables = {model._meta.db_table: model for model in kept(state.apps)}
    filled = []
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # A company names a drum whose table is filled later; the migrations of this transaction may have set checks
            # to be made at once.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in manifest["tables"]:
            with archive.open(f"tables/{table}.jsonl") as lines:
                _load_table(tables[table], lines)
            filled.append(tables[table])
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come cannot be altered
            for statement in connection.ops.sequence_reset_sql(no_style(), filled):
                cursor.execute(statement)
    call_command("migrate", interactive=False, verbosity=0)


def _newest(executor: MigrationExecutor, manifest: Manifest) -> list[tuple[str, str]]:
    """Of the backup's migrations those that no other of them builds on."""
    applied = {(app, name) for app, name in manifest["migrations"]}
    nodes = executor.loader.graph.node_map
    return sorted(key for key in applied if not any(child.key in applied for child in nodes[key].children))


def _load_table(model: Any, lines: Any) -> None:
    by_name = {field.attname: field for field in model._meta.local_concrete_fields}
    fields = [by_name[name] for name in orjson.loads(next(lines, b""))]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    insert = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) VALUES ({places})"  # noqa: S608
    batch = []
    with connection.cursor() as cursor:
        for line in lines:
            values = zip(fields, orjson.loads(line), strict=True)
            batch.append([field.get_db_prep_save(field.to_python(value), connection) for field, value in values])
            if len(batch) == CHUNK:
                cursor.executemany(insert, batch)
                batch = []
        if batch:
            cursor.executemany(insert, batch)


def _keep_key(manifest: Manifest) -> None:
    """The key that signed the links already sent, unless this installation is given one by its environment."""
    file = settings.DATA / "secret_key"
    if file.exists() and not os.environ.get("LEADDRUM_SECRET_KEY"):
        file.write_text(manifest["secret_key"], encoding="ascii")
