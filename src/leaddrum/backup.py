"""`leaddrum backup` and `restore`: everything as one zip of JSON lines, the same for both databases.

A backup is one snapshot (SQLite: one read transaction of the write-ahead log; PostgreSQL: REPEATABLE READ) and stops
nobody. It can be restored into the other kind of database, and into a newer release: the tables are first made as they
were, filled, and then migrated forward. A restore happens wholly or not at all: SQLite is built beside the old file and
put in its place at the end, PostgreSQL does it in one transaction.
"""

from __future__ import annotations

import base64
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, DataError, IntegrityError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from leaddrum import __version__, clock, start
from leaddrum.models import Heartbeat

FORMAT = 1
CHUNK = 2000  # rows read or written at once
SILENT = timedelta(seconds=30)  # an engine beats every 5
Manifest = dict[str, Any]
# What reading a file raises that is no backup, or not a whole one: whatever was done to it, nothing comes of it. Of an
# archive that is encrypted `zipfile` raises RuntimeError, of one packed in a way it does not know NotImplementedError.
NO_BACKUP = (
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError),  # of the archive
    *(LookupError, ValueError, TypeError, AttributeError, ValidationError, IntegrityError, DataError),  # of its rows
)


class CannotBackUpError(Exception):
    """Nothing was written, and why."""


class CannotRestoreError(Exception):
    """Nothing was changed, and why."""


@dataclass(frozen=True, slots=True)
class Done:
    file: Path
    tables: int
    rows: int
    taken_at: str

    @property
    def line(self) -> str:
        return f"{self.file}: {self.rows} rows of {self.tables} tables, as of {self.taken_at}."


# Backup


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
    return _done(file, manifest)


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
    for model in _models(apps):
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


def _models(registry: Any) -> list[type[models.Model]]:
    found = registry.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


# Restore


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
    return _done(file, manifest)


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
    tables = {model._meta.db_table: model for model in _models(state.apps)}
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


def _done(file: Path, manifest: Manifest) -> Done:
    tables = manifest["tables"]
    return Done(file, len(tables), sum(tables.values()), str(manifest["taken_at"]))
