"""What every command does first: the environment of the settings, the data folder, the schema. Errors are one line."""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from filelock import FileLock, Timeout

from leaddrum import conf

MIGRATION_LOCK = 7_323_110  # any number nobody else on this PostgreSQL database takes


class CannotStartError(Exception):
    """The surroundings are not fit to start in: folder, database, port, setting, schema."""


def prepare(data: str | None = None, *, create: bool = False, folder: bool = True) -> None:
    """Set Django up for the data folder.

    Args:
        data: the folder; None: what LEADDRUM_DATA says.
        create: make the folder when only its last part is missing.
        folder: False: nothing is read from or written to it.

    Raises:
        CannotStartError: the folder is missing, is none, cannot be written, or a setting is wrong.
    """
    os.umask(0o077)  # what a client or an employee is called and reached by is for this user's eyes only
    if data is not None:
        os.environ["LEADDRUM_DATA"] = data
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaddrum.settings")
    try:
        if folder:
            check_folder(Path(conf.read()["LEADDRUM_DATA"]).absolute(), create=create)
        else:
            os.environ.setdefault("LEADDRUM_SECRET_KEY", secrets.token_urlsafe(64))  # so that none is written there
        django.setup()
    except (conf.SettingError, ImproperlyConfigured) as error:
        raise CannotStartError(f"A setting is wrong: {error}") from error
    from leaddrum import logs

    logs.configure()


def check_folder(folder: Path, *, create: bool) -> None:
    """The folder is there and takes a file.

    Raises:
        CannotStartError: it is or does not.
    """
    try:
        if create and folder.parent.is_dir():
            folder.mkdir(exist_ok=True)
        if not folder.exists():
            raise CannotStartError(f"There is no folder {folder}. Name another with --data DIR, or make it.")
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 65536)
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise CannotStartError(
                f"The data folder {folder} cannot be written by this user: check who owns it, or name another with "
                "--data DIR."
            ) from error
        raise CannotStartError(
            in_words(error) or f"The data folder {folder} cannot be used: {error.strerror}."
        ) from error


def in_words(error: BaseException) -> str | None:
    """One line for a failure of the surroundings; None when it is no such failure."""
    if isinstance(error, OSError) and error.errno is not None:
        return _of_system(error)
    if isinstance(error, DatabaseError):
        return _of_database(error)
    return None


def _of_system(error: OSError) -> str | None:
    where = f" ({error.filename})" if error.filename else ""
    return {
        errno.EADDRINUSE: "The port is taken: another program listens there. Choose one with --port.",
        errno.EADDRNOTAVAIL: "This machine does not have that address. Choose one with --host.",
        errno.ENOSPC: f"The disk is full{where}.",
        errno.EDQUOT: f"The disk quota is used up{where}.",
        errno.EROFS: f"The folder is read-only{where}.",
        errno.EACCES: f"Permission denied{where}.",
        errno.EPERM: f"Permission denied{where}.",
        errno.ENOENT: f"There is no such file or folder{where}.",
        errno.EISDIR: f"That is a folder, not a file{where}.",
        errno.EFBIG: f"The file may not grow further{where}: a limit of this system.",
        errno.EEXIST: f"That is a file, not a folder{where}.",
        errno.ENOTDIR: f"That is a file, not a folder{where}.",
    }.get(error.errno or 0)


_DATABASE_TROUBLE = (
    ("database is locked", "The database is busy: another process has been holding it for too long."),
    ("disk is full", "The disk is full: the database cannot grow."),
    ("disk I/O error", "The disk failed while the database was read or written, or it is full."),
    ("readonly database", "The database is read-only: check who owns the files in the data folder."),
    ("unable to open database", "The database file cannot be opened: check the data folder and who owns it."),
    ("not a database", "The file leaddrum.sqlite3 in the data folder is not a database of this program."),
    ("malformed", "The database file is damaged. Put the newest backup in its place: leaddrum restore FILE."),
    ("read-only transaction", "The database of DATABASE_URL takes no changes: it is a standby, or set read-only."),
    ("no such table", "The database has no tables yet. Run: leaddrum migrate"),
    ("no such column", "The database is of another release. Run: leaddrum migrate"),
    ("does not exist", "The database is not ready for this release. Run: leaddrum migrate"),
    ("password authentication failed", "The database refused the user or password of DATABASE_URL."),
    ("could not translate host name", "The database's host of DATABASE_URL is unknown."),
    ("lock timeout", "The database is busy: a lock was not free for 30 seconds."),
    ("onnection", "The database of DATABASE_URL cannot be reached: is it running, is the address right?"),
)


def _of_database(error: DatabaseError) -> str | None:
    text = str(error)
    return next((words for sign, words in _DATABASE_TROUBLE if sign in text), None)


# Schema


def unknown_migrations() -> list[str]:
    """Migrations the database has and this release does not: it is older than the database."""
    executor = MigrationExecutor(connection)
    known = executor.loader.disk_migrations
    return sorted(f"{app}.{name}" for app, name in executor.loader.applied_migrations if (app, name) not in known)


def missing_migrations() -> list[str]:
    """Migrations of this release that the database has not had yet."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def check_schema() -> None:
    """The database is exactly of this release.

    Raises:
        CannotStartError: it is older or newer.
    """
    _refuse_newer()
    if missing_migrations():
        raise CannotStartError("The database is of an older release, or empty. Run: leaddrum migrate")


def migrate() -> list[str]:
    """Bring the database to this release; one process at a time does it. Returns the migrations that ran.

    Raises:
        CannotStartError: the database is newer than this release.
    """
    from django.core.management import call_command

    with _one_at_a_time():
        _refuse_newer()
        missing = missing_migrations()
        if missing:
            call_command("migrate", interactive=False, verbosity=0)
        _refuse_read_only()
        return missing


def _refuse_read_only() -> None:
    """What stays would otherwise start, and fail at every step.

    Raises:
        CannotStartError: the database takes no changes.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW transaction_read_only")
            if cursor.fetchone()[0] == "on":
                raise CannotStartError(dict(_DATABASE_TROUBLE)["read-only transaction"])
        else:
            # A write of nothing; `BEGIN IMMEDIATE` would quietly become a reader's.
            cursor.execute("DELETE FROM django_migrations WHERE 0")


def _refuse_newer() -> None:
    newer = unknown_migrations()
    if newer:
        raise CannotStartError(
            f"The database was made by a newer release of LeadDrum (it has {newer[-1]}). "
            "Upgrade this installation; nothing was changed."
        )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")  # the first one may take minutes on a large database
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
                cursor.execute("RESET lock_timeout")
        return
    with _folder_lock("migrate.lock", timeout=120, trouble="Another process has been migrating this folder for long."):
        yield


@contextmanager
def _folder_lock(name: str, *, timeout: float, trouble: str) -> Iterator[None]:
    from django.conf import settings

    lock = FileLock(settings.DATA / name, timeout=timeout)
    try:
        lock.acquire()
    except Timeout as error:
        raise CannotStartError(trouble) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def only_engine() -> Iterator[None]:
    """The one engine of a data folder. On PostgreSQL any number may run.

    Raises:
        CannotStartError: another one runs on this folder.
    """
    if connection.vendor == "postgresql":
        yield
        return
    from django.conf import settings

    trouble = (
        f"LeadDrum already runs on the folder {settings.DATA}. Stop that one, name another folder with --data DIR, "
        "or use PostgreSQL (DATABASE_URL) for several at once."
    )
    with _folder_lock("engine.lock", timeout=0, trouble=trouble):
        yield
