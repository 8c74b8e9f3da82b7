"""Throw-away databases: a SQLite file, or a PostgreSQL cluster of our own, set alike for us and the peers."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg

# The server is given memory and told not to wait for the disk at each commit. That is what SQLite does in WAL mode
# with synchronous=NORMAL (a power cut may cost the last commits, never the file), and it is kind to the peers, which
# commit once a job, while the engine commits once a batch.
SETTINGS = {
    "shared_buffers": "1GB",
    "maintenance_work_mem": "256MB",
    "work_mem": "32MB",
    "max_wal_size": "16GB",
    "min_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "synchronous_commit": "off",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_connections": "200",
}


class Databases(Protocol):
    """Named databases of one kind."""

    @property
    def kind(self) -> str: ...

    def env(self, name: str) -> dict[str, str]:
        """What the product needs in its environment to use the database of this name."""

    def create(self, name: str) -> None: ...

    def copy(self, source: str, name: str) -> None: ...

    def drop(self, name: str) -> None: ...


@dataclass(frozen=True)
class Sqlite:
    folder: Path
    kind: str = "sqlite"

    def file(self, name: str) -> Path:
        return self.folder / name / "leaddrum.sqlite3"

    def env(self, name: str) -> dict[str, str]:
        return {"LEADDRUM_DATA": str(self.folder / name), "LEADDRUM_SECRET_KEY": "benchmark"}

    def create(self, name: str) -> None:
        self.drop(name)
        (self.folder / name).mkdir(parents=True)

    def copy(self, source: str, name: str) -> None:
        self.create(name)
        for file in (self.folder / source).glob("leaddrum.sqlite3*"):
            shutil.copyfile(file, self.folder / name / file.name)

    def drop(self, name: str) -> None:
        shutil.rmtree(self.folder / name, ignore_errors=True)


@dataclass(frozen=True)
class Postgres:
    folder: Path
    port: int
    kind: str = "postgres"

    def url(self, name: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def env(self, name: str) -> dict[str, str]:
        data = self.folder / "data" / name
        data.mkdir(parents=True, exist_ok=True)
        return {"LEADDRUM_DATA": str(data), "DATABASE_URL": self.url(name), "LEADDRUM_SECRET_KEY": "benchmark"}

    def _run(self, *statements: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def create(self, name: str) -> None:
        self.drop(name)
        self._run(f'CREATE DATABASE "{name}"')

    def copy(self, source: str, name: str) -> None:
        self.drop(name)
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY', "CHECKPOINT")

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def postgres() -> Iterator[Postgres | None]:
    """A cluster in a folder of its own, gone afterwards. None when PostgreSQL is not installed.

    The server refuses to run as root; then it runs as the user `postgres`.
    """
    binaries = _binaries()
    if binaries is None:
        yield None
        return
    user: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="leaddrum-bench-pg-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
    cluster = folder / "cluster"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder, **user}
    subprocess.run(
        [binaries / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
        check=True,
        **quiet,
    )
    port = free_port()
    settings = {**SETTINGS, "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder)}
    with (cluster / "postgresql.conf").open("a") as out:
        out.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen([binaries / "postgres", "-D", cluster], stderr=log, **quiet)
    try:
        found = Postgres(folder, port)
        for _ in range(200):
            try:
                psycopg.connect(found.url("postgres")).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.05)
        yield found
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def sqlite() -> Iterator[Sqlite]:
    with tempfile.TemporaryDirectory(prefix="leaddrum-bench-") as folder:
        yield Sqlite(Path(folder))


@contextmanager
def redis() -> Iterator[str | None]:
    """The URL of a Redis of our own, without persistence (the kindest setting). None when it is not installed."""
    binary = shutil.which("redis-server")
    if binary is None:
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="leaddrum-bench-redis-") as folder:
        server = subprocess.Popen(
            [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        try:
            time.sleep(0.5)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(20)


@contextmanager
def both(only: str = "") -> Iterator[list[Databases]]:
    """The kinds of databases to measure on; `only` names one of them."""
    with ExitStack() as stack:
        found: list[Databases] = []
        if only in {"", "sqlite"}:
            found.append(stack.enter_context(sqlite()))
        server = stack.enter_context(postgres()) if only in {"", "postgres"} else None
        if server is not None:
            found.append(server)
        yield found
