"""The command line as people and scripts use it: one clear line for what is wrong, exit codes, no traceback."""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.crash.site import Site, migrated, until

ON_POSTGRES = bool(os.environ.get("DATABASE_URL"))
embedded = pytest.mark.skipif(ON_POSTGRES, reason="about the data folder of an embedded installation")


def leaddrum(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LEADDRUM_", "DATABASE"))}
    return subprocess.run(
        [sys.executable, "-m", "leaddrum", *arguments],
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], *said: str, code: int = 3) -> None:
    assert done.returncode == code, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for words in said:
        assert words in done.stderr


# The surroundings


@embedded
def test_a_missing_folder(tmp_path: Path) -> None:
    refused(leaddrum("doctor", "--data", str(tmp_path / "nowhere")), "There is no folder", "nowhere")
    refused(leaddrum("serve", "--data", str(tmp_path / "no" / "where"), "--port", "0"), "There is no folder")
    assert not (tmp_path / "no").exists()


@embedded
def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    refused(leaddrum("migrate", "--data", str(tmp_path / "data")), "file, not a folder")


def _without_roots_rights() -> None:
    """Root reads and writes what it likes; without these two capabilities it is like anybody (linux/capability.h)."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def as_anybody(*arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LEADDRUM_", "DATABASE"))}
    return subprocess.run(
        [sys.executable, "-m", "leaddrum", *arguments],
        env=clean,
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        check=False,
        preexec_fn=_without_roots_rights,
    )


@embedded
@pytest.mark.parametrize("command", ["serve", "work", "doctor", "journal", "backup"])
def test_a_folder_that_cannot_be_written(tmp_path: Path, command: str) -> None:
    shutil.copytree(migrated(), tmp_path, dirs_exist_ok=True)
    tmp_path.chmod(0o500)
    more = [str(tmp_path / "it.zip")] if command == "backup" else []
    refused(as_anybody(command, *more, "--data", str(tmp_path)), str(tmp_path), "cannot be written by this user")
    tmp_path.chmod(0o700)


@embedded
@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["work"], ["web", "--port", "0"], ["operator", "root"]])
def test_a_database_that_cannot_be_written(tmp_path: Path, command: list[str]) -> None:
    shutil.copytree(migrated(), tmp_path, dirs_exist_ok=True)
    (tmp_path / "leaddrum.sqlite3").chmod(0o400)
    refused(as_anybody(*command, "--data", str(tmp_path)), "The database is read-only")


@embedded
def test_what_is_kept_is_for_its_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert leaddrum("migrate", "--data", str(data)).returncode == 0
    assert leaddrum("operator", "root", "--data", str(data)).returncode == 0
    for path in (data, *data.iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path


@embedded
def test_a_full_disk(tmp_path: Path) -> None:
    """A file size limit of the process is the full disk that needs no rights to make."""
    command = f"ulimit -f 0; exec {sys.executable} -m leaddrum migrate --data {tmp_path}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, cwd="/", check=False)
    assert done.returncode == 3
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


@embedded
def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "leaddrum.sqlite3").write_text("no database" * 1000)
    refused(leaddrum("migrate", "--data", str(tmp_path)), "not a database")


@embedded
def test_a_database_that_somebody_holds(tmp_path: Path) -> None:
    shutil.copytree(migrated(), tmp_path, dirs_exist_ok=True)
    holder = sqlite3.connect(tmp_path / "leaddrum.sqlite3", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        done = leaddrum("operator", "root", "--data", str(tmp_path), LEADDRUM_SQLITE_WAIT="0.2")
    finally:
        holder.close()
    refused(done, "The database is busy")


def test_a_wrong_setting(tmp_path: Path) -> None:
    refused(leaddrum("migrate", "--data", str(tmp_path), LEADDRUM_TICK="soon"), "LEADDRUM_TICK")
    refused(leaddrum("migrate", "--data", str(tmp_path), LEADDRUM_FORM_RATE="30"), "LEADDRUM_FORM_RATE")
    refused(
        leaddrum("migrate", "--data", str(tmp_path), LEADDRUM_MAIL_URL="pigeon://x"), "LEADDRUM_MAIL_URL", "smtp://"
    )
    refused(
        leaddrum("migrate", "--data", str(tmp_path), LEADDRUM_SECRET_KEY_FILE="/nowhere"), "LEADDRUM_SECRET_KEY_FILE"
    )


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    done = leaddrum("migrate", "--data", str(tmp_path), DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    refused(done, "cannot be reached")


def test_a_port_that_is_taken(site: Site) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = site.leaddrum("serve", "--port", str(other.getsockname()[1]), fine=False)
    refused(done, "The port is taken", "--port")


# The schema


@embedded
def test_an_old_schema_is_refused_by_commands_and_migrated_by_what_stays(tmp_path: Path) -> None:
    assert "WRONG  schema" in leaddrum("doctor", "--data", str(tmp_path)).stdout
    refused(leaddrum("operator", "root", "--data", str(tmp_path)), "leaddrum migrate")
    assert leaddrum("migrate", "--data", str(tmp_path)).returncode == 0
    assert leaddrum("operator", "root", "--data", str(tmp_path)).returncode == 0


@embedded
@pytest.mark.parametrize(
    "command", [["serve", "--port", "0"], ["work"], ["web", "--port", "0"], ["migrate"], ["operator", "x"]]
)
def test_a_newer_schema_is_refused(tmp_path: Path, command: list[str]) -> None:
    shutil.copytree(migrated(), tmp_path, dirs_exist_ok=True)
    with sqlite3.connect(tmp_path / "leaddrum.sqlite3") as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('leaddrum', '9999_later', '2030-01-01')"
        )
    refused(leaddrum(*command, "--data", str(tmp_path)), "newer release", "9999_later", "nothing was changed")


# What stays


def test_serve_says_when_it_is_ready_answers_and_ends_at_a_signal(site: Site) -> None:
    serving = site.start("serve", "--port", "0")
    assert httpx.get(f"{serving.url}/health").json()["status"] == "ok"
    assert "Traceback" not in serving.output
    assert serving.stop() == 0
    assert "Traceback" not in serving.output


def test_head_has_no_body_on_a_connection_that_stays_open(site: Site) -> None:
    serving = site.start("serve", "--port", "0")
    with httpx.Client(base_url=serving.url) as client:
        for path in (
            "/health",
            "/f/okna/drum",
            "/t/none",
            "/static/leaddrum/base.css",
            "/api/v1/openapi.json",
        ):
            head, get = client.head(path), client.get(path)
            assert head.content == b""
            assert (head.status_code, head.headers["Content-Type"]) == (get.status_code, get.headers["Content-Type"])
    assert "WARNING" not in serving.output
    assert serving.stop() == 0


def test_what_is_larger_than_any_upload_is_refused_before_it_is_sent(site: Site) -> None:
    serving = site.start("serve", "--port", "0")
    with socket.create_connection(("127.0.0.1", httpx.URL(serving.url).port or 0), timeout=30) as large:
        large.sendall(b"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 36000000\r\n\r\n")
        assert large.recv(100).startswith(b"HTTP/1.1 413 ")
    assert serving.stop() == 0


def test_work_alone_turns_the_drum_and_web_alone_answers(site: Site) -> None:
    site.load(3)
    working = site.start("work")
    web = site.start("web", "--port", "0")
    until(lambda: site.misses() > 3)
    assert site.leaddrum("login", "anna").stdout.startswith(f"{web.url}/sign-in/link/")
    assert working.stop() == 0
    assert web.stop() == 0
    site.check()


def test_serve_with_a_company_file_applies_it(site: Site) -> None:
    text = (site.folder / "company.toml").read_text(encoding="utf-8")
    (site.folder / "company.toml").write_text(text.replace("Анна Ким", "Анна Ли"), encoding="utf-8")
    serving = site.start("serve", "--port", "0", "--company", str(site.folder / "company.toml"))
    assert "Анна Ли" in serving.output
    assert serving.stop() == 0


def test_serve_refuses_a_wrong_company_file(site: Site) -> None:
    (site.folder / "company.toml").write_text("[company]\nnam = 'x'\n")
    done = site.leaddrum("serve", "--port", "0", "--company", str(site.folder / "company.toml"), fine=False)
    assert done.returncode == 1
    assert "company.toml:2" in done.stderr
    assert "Traceback" not in done.stderr


# What people ask for


def test_a_token_is_printed_once_and_kept_as_a_digest(site: Site) -> None:
    token = site.leaddrum("token", "crm", "--role", "intake", "--expires", "30").stdout.strip()
    assert re.fullmatch(r"ld_[\w-]{43}", token)
    refused(site.leaddrum("token", "crm", fine=False), "already", code=1)
    assert "revoked" in site.leaddrum("token", "crm", "--revoke").stdout
    refused(site.leaddrum("token", "crm", "--revoke", fine=False), "no valid token", code=1)
    refused(site.leaddrum("login", "nobody", fine=False), "nobody", code=1)


def test_a_leads_story_and_the_journal(site: Site) -> None:
    site.load(2)
    working = site.start("work")
    until(lambda: site.misses() >= 4)
    assert working.stop() == 0
    story = json.loads(site.leaddrum("lead", "1", "--format", "json").stdout)
    (cycle,) = story["cycles"]
    assert (story["id"], story["stage"], cycle["drum"], cycle["state"]) == (1, "new", "drum", "offered")
    ended, running = cycle["turns"][0], cycle["turns"][-1]
    assert (ended["verdict"], ended["person"], running["verdict"]) == ("missed", "anna", None)
    assert [line["chosen"] for line in ended["candidates"]].count(True) == 1
    assert all(line["reason"] and line["person"] for line in ended["candidates"])
    text = site.leaddrum("lead", "1").stdout
    assert "Срок пропущен: Анна Ким" in text
    assert "получает ход" in text
    refused(site.leaddrum("lead", "999", fine=False), "no lead 999", code=1)

    page = json.loads(site.leaddrum("journal", "--format", "json").stdout)
    assert page["next"] is None
    assert len(page["items"]) == site.misses()
    assert {"lead", "cycle", "turn", "person"} <= page["items"][0].keys()
    lines = site.leaddrum("journal", "--format", "csv", "--person", "anna").stdout.splitlines()
    assert lines[0].startswith("id,lead,title,cycle,turn,drum")
    assert all(",anna," in line for line in lines[1:])
    assert "Анна Ким" in site.leaddrum("journal").stdout
    assert json.loads(site.leaddrum("journal", "--format", "json", "--until", "2020-01-01").stdout)["items"] == []
    wrong = site.leaddrum("journal", "--since", "yesterday", fine=False)
    assert wrong.returncode == 2
    assert "neither a date" in wrong.stderr
    assert site.leaddrum("journal", "--person", "nobody", fine=False).returncode == 2


def test_the_doctor(site: Site) -> None:
    ill = site.leaddrum("doctor", fine=False)
    assert ill.returncode == 1
    assert re.search(r"WRONG +engine: none runs", ill.stdout)
    working = site.start("work")
    well = site.leaddrum("doctor")
    assert "WRONG" not in well.stdout
    for what in ("database", "schema", "clock", "engine", "overdue", "calendars", "mail"):
        assert re.search(rf"^ok +{what}: ", well.stdout, re.MULTILINE), what
    assert site.leaddrum("doctor", "--confirm-clock").returncode == 0
    assert working.stop() == 0


def test_check_needs_no_folder(tmp_path: Path, site: Site) -> None:
    done = leaddrum("check", str(site.folder / "company.toml"), "--data", str(tmp_path / "nowhere"))
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "nowhere").exists()
    assert "Traceback" not in leaddrum("check", str(tmp_path / "none.toml")).stderr


def test_an_unknown_command_and_help() -> None:
    assert leaddrum("turn").returncode == 2
    said = leaddrum("--help").stdout
    for command in (
        "serve",
        "work",
        "web",
        "check",
        "apply",
        "demo",
        "token",
        "login",
        "lead",
        "journal",
        "backup",
        "restore",
    ):
        assert re.search(rf"^  {command} ", said, re.MULTILINE), command
    assert leaddrum("--version").stdout.startswith("leaddrum, version ")
