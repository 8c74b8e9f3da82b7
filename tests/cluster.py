"""A throw-away PostgreSQL server: `python -m tests.cluster COMMAND …` runs a command with DATABASE_URL set to one.

Server programs come from the system, or from the wheel of requirements/postgres.txt. PostgreSQL refuses to run as
root; then the server runs as the first unprivileged user there is.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoServerError(RuntimeError):
    """No PostgreSQL server programs on this machine."""


def binaries() -> Path | None:
    """The folder with initdb and postgres: on the path, where Debian keeps it, or inside the wheel."""
    found = shutil.which("initdb")
    if found and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4].split(".")[0]))
    if debian:
        return debian[-1].parent
    wheel = importlib.util.find_spec("pgserver")
    if wheel and wheel.origin:
        folder = Path(wheel.origin).parent / "pginstall" / "bin"
        return folder if (folder / "initdb").exists() else None
    return None


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    names = [user.pw_name for user in pwd.getpwall()]
    return pwd.getpwnam(next(name for name in ("postgres", "nobody") if name in names))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """One server in a temporary folder. Listens on 127.0.0.1 only; everybody on this machine may sign in."""

    def __init__(self, settings: tuple[str, ...] = ()) -> None:
        programs = binaries()
        if programs is None:
            raise NoServerError("no PostgreSQL server programs (initdb, postgres) found")
        self.user = _unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix="leaddrum-pg-"))
        self.programs = self._reachable(programs)
        self.port = _free_port()
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self._run("initdb", "-D", str(self.data), "-U", "leaddrum", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str = "postgres") -> str:
        return f"postgres://leaddrum@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start and wait until it answers."""
        options = (f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 "
                   "-c shared_buffers=128MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
                   + " ".join(f"-c {setting}" for setting in self.settings))  # fmt: skip
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop: `fast` ends sessions in order, `immediate` is a crash."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _reachable(self, programs: Path) -> Path:
        """A wheel inside a private folder cannot be read by another user: then it is copied to ours."""
        if self.user is None or "site-packages" not in programs.parts:
            return programs
        packages = programs.parents[2]  # libraries are found relative to the programs, so the layout stays
        for name in ("pgserver/pginstall", "pgserver.libs"):
            shutil.copytree(packages / name, self.folder / "wheel" / name)
        self.folder.chmod(0o755)
        return self.folder / "wheel" / programs.relative_to(packages)

    def _run(self, program: str, *arguments: str) -> None:
        as_user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would be inherited by the server and never close
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            cwd="/",
            check=False,
            **as_user,  # type: ignore[call-overload]  # the three go together or not at all
        )
        if done.returncode:
            log = self.folder / "log"
            said = log.read_text(errors="replace")[-2000:] if log.exists() else (done.stderr or b"").decode()[-2000:]
            raise NoServerError(f"{program} failed: {said}")


@contextmanager
def running(settings: tuple[str, ...] = ()) -> Iterator[Cluster]:
    """A started server, removed afterwards."""
    cluster = Cluster(settings)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.remove()


def main() -> int:
    with running() as cluster:
        environment = os.environ | {"DATABASE_URL": cluster.url()}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
