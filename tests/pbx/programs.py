"""Asterisk and SIPp for the tests: `python -m tests.pbx.programs FOLDER` unpacks Debian's packages there.

Debian 12 has no Asterisk, the next ones have. Its packages are taken from the suite of the mirror this system uses
already and unpacked with all they need, C library included: nothing is installed, and no rights are asked for.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SUITE = "sid"
PACKAGES = ("asterisk", "sip-tester")
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
UNPACKED = Path(sys.prefix) / "asterisk"  # in the virtual environment, and gone with it
PATIENCE = 300.0  # seconds for one step


class NotHadError(RuntimeError):
    """The packages cannot be had here; says why."""


@dataclass(frozen=True)
class Programs:
    """How to call them; where Asterisk's own files are."""

    asterisk: tuple[str, ...]
    sipp: tuple[str, ...]
    modules: Path
    share: Path


def found() -> Programs | None:
    """The system's, or what was unpacked before; None: neither."""
    asterisk, sipp = shutil.which("asterisk", path="/usr/sbin:/usr/bin"), shutil.which("sipp")
    modules = next(iter(Path("/usr/lib").glob("*/asterisk/modules")), None)
    if asterisk and sipp and modules:
        return Programs((asterisk,), (sipp,), modules, Path("/usr/share/asterisk"))
    return _unpacked(UNPACKED)


def _unpacked(root: Path) -> Programs | None:
    loader = next(root.glob("usr/lib/*-linux-gnu*/ld-linux*.so*"), None)
    if loader is None or not (root / "complete").exists():
        return None
    libraries = loader.parent
    start = (str(loader), "--library-path", str(libraries))
    asterisk, sipp = (*start, str(root / "usr/sbin/asterisk")), (*start, str(root / "usr/bin/sipp"))
    return Programs(asterisk, sipp, libraries / "asterisk/modules", root / "usr/share/asterisk")


def unpack(root: Path) -> None:
    """Bring the packages into a folder.

    Raises:
        NotHadError: no Debian here, its mirror has no such suite or cannot be reached.
    """
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb") or not KEYS.exists():
        raise NotHadError("this system has no packages of Debian")
    shutil.rmtree(root, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="leaddrum-packages-") as folder:
        apt = _apt(Path(folder))
        _run(*apt, "update")
        _run(*apt, "--yes", "--download-only", "--no-install-recommends", "install", *PACKAGES)
        for package in sorted(Path(folder).glob("cache/archives/*.deb")):
            _run("dpkg-deb", "--extract", str(package), str(root))
    (root / "complete").touch()


def _apt(folder: Path) -> tuple[str, ...]:
    """apt-get with lists, cache and an empty state of its own."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={KEYS}] {_mirror()} {SUITE} main\n")
    settings = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": folder / "lists",
        "Dir::State::Status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }
    return ("apt-get", "--quiet=2", *(word for name, value in settings.items() for word in ("-o", f"{name}={value}")))


def _mirror() -> str:
    """Whence this system takes Debian.

    Raises:
        NotHadError: nowhere: it is another system, or has no list of packages yet.
    """
    wanted = ("Created-By: Packages", "Origin: Debian", "Label: Debian")
    addresses = _run("apt-get", "indextargets", "--format", "$(REPO_URI)", *wanted).split()
    if not addresses:
        raise NotHadError("apt knows no mirror of Debian here (apt-get update first)")
    return addresses[0]


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise NotHadError(f"{command[0]} took more than {PATIENCE:.0f} s") from None
    if done.returncode:
        raise NotHadError((done.stderr.strip() or f"{command[0]} failed").splitlines()[-1])
    return done.stdout


if __name__ == "__main__":
    unpack(Path(sys.argv[1]) if len(sys.argv) > 1 else UNPACKED)
