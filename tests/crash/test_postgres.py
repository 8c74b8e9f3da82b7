"""Many processes on one PostgreSQL: frozen, cut off, the server restarted under them. Nothing doubled (I1, I8)."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from leaddrum.engine import postgres
from tests import cluster
from tests.crash.proxy import Proxy
from tests.crash.site import Process, Site, until

IMPATIENT = "-c idle_in_transaction_session_timeout=1500 -c lock_timeout=30000"


@pytest.fixture
def server() -> Iterator[cluster.Cluster]:
    """A server of this test's own: it will be restarted."""
    with cluster.running() as started:
        yield started


@pytest.mark.rule("S-41", "I8")
def test_the_server_is_restarted_under_load(server: cluster.Cluster, tmp_path: Path) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE restarted")
    site = Site(tmp_path / "site", server.url("restarted"))
    try:
        site.load(150)
        workers = [site.start("work"), site.start("work")]
        for mode in ("immediate", "fast"):
            seen = site.misses()
            until(lambda seen=seen: site.misses() > seen)  # type: ignore[misc]  # mypy: defaults of a lambda
            server.stop(mode)
            server.start()
        seen = site.misses()
        until(lambda: site.misses() > seen + 300)
        assert [worker.running.poll() for worker in workers] == [None, None]
        assert [worker.stop() for worker in workers] == [0, 0]
        assert site.check()["leads"] == 150
    finally:
        site.close()


@pytest.mark.rule("S-41", "I1", "I8")
def test_three_engines_two_webs_one_frozen_one_cut_off(site: Site, full: bool) -> None:
    """In full size it is frozen for a minute, and the server's own patience ends its transaction."""
    if not full:
        site.database += f"?options={quote(IMPATIENT)}"
    site.load(150)
    workers = [site.start("work") for _ in range(3)]
    webs = [site.start("web", "--port", "0") for _ in range(2)]
    until(lambda: site.misses() > 100)
    frozen, cut_off, _well = workers
    _freeze_in_a_transaction(site, frozen)
    seen = site.misses()
    until(lambda: site.misses() > seen + 300)  # the server ended the frozen one's transaction, the others went on
    time.sleep(60 if full else 0)
    _cut_off(site, cut_off)
    frozen.signal(signal.SIGCONT)
    seen = site.misses()
    until(lambda: site.misses() > seen + 300)
    assert [process.running.poll() for process in workers + webs] == [None] * 5
    assert [process.stop() for process in workers + webs] == [0] * 5
    assert site.check()["leads"] == 150


@pytest.mark.rule("S-41", "I1", "I8")
@pytest.mark.parametrize("how", ["cut", "silent", "silent within a statement"])
def test_one_engine_loses_its_way_to_the_database(site: Site, how: str) -> None:
    """Its connections break, or say nothing any more, and no new one is let through; later it goes on.

    Within a statement: the server's patience for a transaction that does nothing does not count there.
    """
    site.database += f"?options={quote(IMPATIENT)}"
    site.load(120)
    with Proxy(urlsplit(site.database).port or 5432) as proxy:
        lost = site.start("work", DATABASE_URL=_through(proxy.port, site.database))
        well = site.start("work")
        until(lambda: site.misses() > 60)
        {"cut": proxy.cut, "silent": proxy.hold, "silent within a statement": proxy.hold_within}[how]()
        until(lambda: how != "silent within a statement" or proxy.held)
        seen = site.misses()
        until(lambda: site.misses() > seen + 240)  # the other one does all
        proxy.heal()
        assert well.stop() == 0
        seen = site.misses()
        until(lambda: site.misses() > seen + 120)
        assert lost.stop() == 0
    assert site.check()["leads"] == 120


@pytest.mark.rule("S-41")
def test_only_what_holds_rows_and_hangs_for_long_is_ended(site: Site) -> None:
    """An operator's session, a slow reader, and what has hung for a moment only, are left alone."""
    kinds = {
        "hung": ("leaddrum", "COPY kept FROM STDIN"),
        "operator's": ("psql", "COPY kept FROM STDIN"),
        "reader": ("leaddrum", "COPY (SELECT repeat('x', 1000000) FROM generate_series(1, 50)) TO STDOUT"),
    }
    with ExitStack() as all_of_them:
        sessions = {}
        for name, (application, statement) in kinds.items():
            sessions[name] = psycopg.connect(site.database, application_name=application)
            all_of_them.callback(sessions[name].close)
            if name != "reader":
                sessions[name].execute("CREATE TEMPORARY TABLE kept (number integer)")
            sessions[name].pgconn.send_query(statement.encode())
        engine = all_of_them.enter_context(psycopg.connect(site.database, application_name="leaddrum", autocommit=True))
        engine.execute("SET idle_in_transaction_session_timeout = '10min'")
        assert postgres.end_stalled(engine.cursor()) == 0
        engine.execute("SET idle_in_transaction_session_timeout = 0")  # whoever turned that off wants no such thing
        assert postgres.end_stalled(engine.cursor()) == 0
        engine.execute("SET idle_in_transaction_session_timeout = 100")
        until(lambda: postgres.end_stalled(engine.cursor()) == 1)
        time.sleep(0.3)
        assert postgres.end_stalled(engine.cursor()) == 0
        living = engine.execute("SELECT pid FROM pg_stat_activity WHERE state = 'active'").fetchall()
        assert {name for name, one in sessions.items() if (one.info.backend_pid,) in living} == {"operator's", "reader"}


def _through(port: int, address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}").geturl()


def _freeze_in_a_transaction(site: Site, process: Process) -> None:
    """SIGSTOP it until it is caught holding a transaction open."""
    for _ in range(2000):
        process.signal(signal.SIGSTOP)
        if _sessions(site, process, "AND state = 'idle in transaction'"):
            return
        process.signal(signal.SIGCONT)
    raise AssertionError("never caught in the middle of a batch")


def _cut_off(site: Site, process: Process) -> None:
    assert _sessions(site, process, "", "pg_terminate_backend(pid)")


def _sessions(site: Site, process: Process, condition: str, what: str = "pid") -> list[tuple[object, ...]]:
    """The server's sessions of one process, known by the ports it connects from."""
    import psutil

    ports = [connection.laddr.port for connection in psutil.Process(process.running.pid).net_connections("tcp")]
    address = urlsplit(site.database)._replace(query="").geturl()
    with psycopg.connect(address, autocommit=True) as connection:
        statement = f"SELECT {what} FROM pg_stat_activity WHERE client_port = ANY(%s) {condition}"
        return connection.execute(statement.encode(), [ports]).fetchall()
