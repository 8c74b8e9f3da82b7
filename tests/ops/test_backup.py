"""Backup and restore with a real installation: online, whole, refused when it must be, back to the last row."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.crash.site import ROOT, Site, fast_company, until

ON_POSTGRES = bool(os.environ.get("DATABASE_URL"))
embedded = pytest.mark.skipif(ON_POSTGRES, reason="about the file of the embedded database")
MakeSite = Callable[..., Site]


def manifest(file: Path) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        found: dict[str, Any] = json.loads(archive.read("manifest.json"))
        return found


def rows(file: Path) -> dict[str, list[bytes]]:
    """Every table's rows, in an order of their own: a database may give them in any."""
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.startswith("tables/")]
        return {name: sorted(archive.read(name).splitlines()) for name in names}


def refused(site: Site, *arguments: str, said: str, code: int = 1) -> None:
    done = site.leaddrum(*arguments, fine=False)
    assert done.returncode == code, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert said in done.stderr


@pytest.mark.rule("S-42", "I8")
def test_taken_while_the_drum_turns_and_put_into_an_empty_place(make_site: MakeSite, tmp_path: Path) -> None:
    """Leads in flight: the copy is of one instant, every count and invariant holds, and its engine goes on."""
    site = make_site()
    site.load(150)
    serving = site.start("serve", "--port", "0")
    until(lambda: site.misses() > 150)
    files = [tmp_path / f"{number}.zip" for number in range(3)]
    for file in files:
        seen = site.misses()
        said = site.leaddrum("backup", str(file)).stdout
        assert re.search(r": \d+ rows of \d+ tables, as of 20", said)
        until(lambda seen=seen: site.misses() > seen)  # type: ignore[misc]  # nobody was stopped by it
    assert serving.stop() == 0
    assert "Traceback" not in serving.output
    counts = [manifest(file)["tables"] for file in files]
    assert counts[0]["leaddrum_incident"] < counts[1]["leaddrum_incident"] < counts[2]["leaddrum_incident"]

    copy = make_site(empty=True)
    copy.leaddrum("restore", str(files[1]))
    found = copy.check()
    assert found["leads"] == counts[1]["leaddrum_lead"] == 150
    assert found["incidents"] == counts[1]["leaddrum_incident"]
    worker = copy.start("work")
    until(lambda: copy.misses() > found["incidents"] + 150)
    assert worker.stop() == 0
    assert copy.check()["leads"] == 150
    assert site.check()["leads"] == 150


def test_what_comes_back_is_what_went_in(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site()
    site.load(30)
    worker = site.start("work")
    until(lambda: site.misses() > 60)
    assert worker.stop() == 0
    site.leaddrum("token", "crm")
    site.leaddrum("backup", str(tmp_path / "one.zip"))
    copy = make_site(empty=True)
    copy.leaddrum("restore", str(tmp_path / "one.zip"))
    copy.leaddrum("backup", str(tmp_path / "two.zip"))
    one, two = rows(tmp_path / "one.zip"), rows(tmp_path / "two.zip")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []
    assert sum(map(len, one.values())) > 500


@pytest.mark.skipif(not ON_POSTGRES, reason="needs both databases")
def test_from_one_database_into_the_other_and_back(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site()
    site.load(20)
    worker = site.start("work")
    until(lambda: site.misses() > 40)
    assert worker.stop() == 0
    site.leaddrum("backup", str(tmp_path / "postgres.zip"))
    small = Site(tmp_path / "small", "", empty=True)
    small.leaddrum("restore", str(tmp_path / "postgres.zip"))
    assert small.check() == site.check()
    worker = small.start("work")
    seen = small.misses()
    until(lambda: small.misses() > seen + 20)
    assert worker.stop() == 0
    small.leaddrum("backup", str(tmp_path / "sqlite.zip"))
    large = make_site(empty=True)
    large.leaddrum("restore", str(tmp_path / "sqlite.zip"))
    assert large.check() == small.check()
    large.load(3)  # its sequences go on behind the rows that came
    assert large.check()["leads"] == 23


def test_links_and_tokens_of_before_go_on(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site(fast_company(budget="1h"))
    site.load(1)
    token = site.leaddrum("token", "crm").stdout.strip()
    sign_in = site.leaddrum("login", "anna").stdout.strip()
    take = site.inside("link", "1")["path"]
    site.leaddrum("backup", str(tmp_path / "it.zip"))
    copy = make_site(empty=True)
    copy.leaddrum("restore", str(tmp_path / "it.zip"))
    serving = copy.start("serve", "--port", "0")
    with httpx.Client(base_url=serving.url) as browser:
        assert browser.get("/api/v1/leads/1", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        assert browser.get(re.sub(r"^http://[^/]+", "", sign_in)).status_code == 200
        assert browser.post(take).status_code == 200
    assert copy.check()["taken"] == 1
    assert serving.stop() == 0


def test_nothing_that_is_there_is_thrown_away_unasked(make_site: MakeSite, tmp_path: Path) -> None:
    site, other = make_site(), make_site()
    site.load(7)
    other.load(3)
    file = tmp_path / "it.zip"
    site.leaddrum("backup", str(file))
    refused(site, "backup", str(file), said="exists already")
    refused(other, "restore", str(file), said="not empty. With --replace")
    assert other.check()["leads"] == 3
    other.leaddrum("restore", str(file), "--replace")
    assert other.check()["leads"] == 7


def test_a_place_that_cannot_be_written(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site()
    refused(site, "backup", str(tmp_path / "no" / "where.zip"), said="no such file or folder", code=3)
    command = f"ulimit -f 4; exec {sys.executable} -m leaddrum backup {tmp_path / 'it.zip'}"
    done = subprocess.run(
        ["bash", "-c", command], env=site.environment(), capture_output=True, text=True, cwd="/", check=False
    )
    assert done.returncode == 3, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert list(tmp_path.glob("*it.zip*")) == []
    site.leaddrum("backup", str(tmp_path / "it.zip"))
    assert (tmp_path / "it.zip").stat().st_mode & 0o777 == 0o600


def test_not_under_a_running_engine(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site()
    site.load(5)
    site.leaddrum("backup", str(tmp_path / "it.zip"))
    worker = site.start("work")
    until(lambda: site.misses() > 5)
    said = "An engine runs on this database" if ON_POSTGRES else "already runs on the folder"
    refused(site, "restore", str(tmp_path / "it.zip"), "--replace", said=said, code=1 if ON_POSTGRES else 3)
    assert worker.stop() == 0
    assert site.check()["leads"] == 5
    site.leaddrum("restore", str(tmp_path / "it.zip"), "--replace")


def test_damaged_copies_are_refused_and_change_nothing(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site()
    site.load(40)
    site.leaddrum("backup", str(tmp_path / "it.zip"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.ops.damaging", str(tmp_path / "it.zip")],
        env=site.environment(),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert len(found["refused"]) >= 30, found
    assert all(what.startswith("byte ") for what in found["harmless"]), found["harmless"]
    assert all(len(why) > 20 and "\n" not in why for why in found["refused"])
    assert site.check()["leads"] == 40
    (tmp_path / "short.zip").write_bytes((tmp_path / "it.zip").read_bytes()[:-200])
    refused(site, "restore", str(tmp_path / "short.zip"), "--replace", said="not a whole backup")


@embedded
@pytest.mark.parametrize("damage", ["no database", "holes"])
def test_a_damaged_database_is_replaced_when_asked(make_site: MakeSite, tmp_path: Path, damage: str) -> None:
    site = make_site()
    site.load(20)
    site.leaddrum("backup", str(tmp_path / "it.zip"))
    file = site.folder / "data" / "leaddrum.sqlite3"
    content = bytearray(file.read_bytes())
    content[: 8192 if damage == "holes" else 100] = b"\xaa" * (8192 if damage == "holes" else 100)
    if damage == "holes":
        content[:100] = file.read_bytes()[:100]  # a header that promises more than there is
    file.write_bytes(content)
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    assert "WRONG  database" in site.leaddrum("doctor", fine=False).stdout
    refused(site, "restore", str(tmp_path / "it.zip"), said="With --replace it is thrown away")
    site.leaddrum("restore", str(tmp_path / "it.zip"), "--replace")
    assert site.check()["leads"] == 20


@embedded
def test_a_restore_that_is_killed_leaves_the_old_database(make_site: MakeSite, tmp_path: Path) -> None:
    """It is built beside the old file; what a dead one left is no hindrance to the next."""
    site = make_site()
    site.load(5)
    site.leaddrum("backup", str(tmp_path / "it.zip"))
    site.load(4)
    aside = site.folder / "data" / "restore.sqlite3"
    killed = site.start("restore", str(tmp_path / "it.zip"), "--replace", crash_at="none")
    until(lambda: aside.exists() or killed.running.poll() is not None)
    killed.kill()
    assert site.check()["leads"] == 9
    site.leaddrum("restore", str(tmp_path / "it.zip"), "--replace")
    assert site.check()["leads"] == 5
    assert not aside.exists()
    with sqlite3.connect(site.folder / "data" / "leaddrum.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.skipif(not ON_POSTGRES, reason="about a server that others use too")
def test_tables_of_others_in_the_same_database_stay(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site()
    site.leaddrum("backup", str(tmp_path / "it.zip"))
    with psycopg.connect(site.database, autocommit=True) as connection:
        connection.execute("CREATE TABLE ledger (entry text)")
        connection.execute("INSERT INTO ledger VALUES ('theirs')")
    site.leaddrum("restore", str(tmp_path / "it.zip"), "--replace")
    with psycopg.connect(site.database) as connection:
        assert connection.execute("SELECT entry FROM ledger").fetchall() == [("theirs",)]
    site.check()
