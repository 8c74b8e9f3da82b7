"""`leaddrum doctor`: each thing it looks at, seen well and seen wrong; wrong is exit code 1."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from leaddrum import clock, doctor
from leaddrum.cli import cli
from leaddrum.engine import org
from leaddrum.intake import ways
from leaddrum.intake.mail.listener import Listener
from leaddrum.models import Calendar, Company, Cycle, Drum, Effect, Heartbeat, Knock, Lane, Person, Way
from tests.ops.botserver import Telegram
from tests.ops.postbox import Postbox
from tests.world import World

ON_POSTGRES = bool(os.environ.get("DATABASE_URL"))


@pytest.fixture
def empty(db: None, tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation with an engine and no company yet."""
    settings.DATA = tmp_path
    monkeypatch.setenv("LEADDRUM_DATA", str(tmp_path))
    monkeypatch.setattr("leaddrum.logs.configure", lambda: None)  # the command's handlers would outlive the test
    umask = os.umask(0o022)
    Heartbeat.objects.create(worker="host:1", started_at=clock.now(), beat_at=clock.now())
    org.forget()
    yield
    org.forget()
    os.umask(umask)


@pytest.fixture
def well(empty: None) -> World:
    """An installation in good order, on the real clock: PostgreSQL's is looked at too."""
    world = World(calendar="always")
    world.now = clock.now()
    return world


def asked() -> Result:
    """The command itself, in this process."""
    org.forget()
    done = CliRunner().invoke(cli, ["doctor"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def wrong(what: str, words: str) -> None:
    """The doctor finds just this, and leaves with 1."""
    done = asked()
    lines = [line for line in done.output.splitlines() if line.startswith("WRONG")]
    assert done.exit_code == 1, done.output
    assert len(lines) == 1, done.output
    assert lines[0].startswith(f"WRONG  {what}: "), lines
    assert words in lines[0]


def test_all_is_well(well: World) -> None:
    done = asked()
    assert done.exit_code == 0, done.output
    assert "WRONG" not in done.output
    for what in ("database", "schema", "disk", "clock", "engine", "overdue", "company", "calendars", "mail", "links"):
        assert f"ok     {what}: " in done.output


def test_no_engine_runs(well: World) -> None:
    Heartbeat.objects.update(beat_at=well.now - timedelta(minutes=1))
    wrong("engine", "none runs; the last beat was")
    Heartbeat.objects.update(beat_at=well.now, note="stopped")
    wrong("engine", "none runs")
    Heartbeat.objects.all().delete()
    wrong("engine", "none runs")


def test_an_engine_whose_clock_is_ahead(well: World) -> None:
    Heartbeat.objects.update(beat_at=well.now + timedelta(minutes=5))
    wrong("engine", "its last beat is in the future")


@pytest.mark.rule("S-43")
def test_an_engine_that_does_not_believe_its_clock(well: World) -> None:
    Heartbeat.objects.update(note="the clock jumped forward by 1:00:00")
    wrong("clock", "jumped forward by 1:00:00. If it is right: leaddrum doctor --confirm-clock")


@pytest.mark.skipif(not ON_POSTGRES, reason="there is no second clock to look at")
@pytest.mark.parametrize(("seconds", "words"), [(20, "ahead of"), (-20, "behind")])
def test_a_clock_that_is_not_the_databases(well: World, seconds: int, words: str) -> None:
    with clock.reading(lambda: datetime.now(UTC) + timedelta(seconds=seconds)):
        wrong("clock", words)


def test_a_deadline_nobody_looked_at(well: World) -> None:
    lead = well.lead()
    Cycle.objects.update(next_at=well.now - timedelta(seconds=90))
    assert asked().exit_code == 0  # as late as a busy minute
    Cycle.objects.update(next_at=well.now - timedelta(hours=2))
    wrong("overdue", f"(lead {lead.id})")


def test_a_lead_that_cannot_be_worked_on(well: World) -> None:
    lead = well.lead()
    Cycle.objects.update(error="ValueError: poison")
    wrong("leads", f"cannot be worked on: {lead.id}")


def test_no_company(empty: None) -> None:
    wrong("company", "none yet: leaddrum apply FILE")


def test_a_company_whose_drums_stand_still(well: World) -> None:
    Drum.objects.update(active=False)
    wrong("company", "0 drums")


def test_a_zone_that_is_none(well: World) -> None:
    Company.objects.update(zone="Mars/Olympus")
    wrong("calendars", "the zone Mars/Olympus is unknown")


@pytest.mark.rule("S-14")
def test_a_calendar_that_never_opens(well: World) -> None:
    unused = Calendar.objects.get(company=well.company_id, key="always")
    Calendar.objects.create(company_id=well.company_id, key="shut", spec={**unused.spec, "every_day": []})
    Company.objects.update(version=99)
    wrong("calendars", "/shut does not open again")


def test_people_who_are_told_on_the_pages_only_are_named(well: World) -> None:
    Person.objects.exclude(key="anna").update(email="somebody@example.com")
    assert "no e-mail, told on the pages only: anna" in asked().output


def test_the_mail_server(well: World, postbox: Postbox, settings: Any) -> None:
    settings.MAIL_URL = "smtp://127.0.0.1"
    assert "ok     mail: the server answers" in asked().output
    settings.EMAIL_PORT = 1
    wrong("mail", "ConnectionRefusedError")


@pytest.mark.rule("S-45")
def test_a_lane_that_fails_or_stands_still(well: World) -> None:
    lane = Lane.objects.create(company_id=well.company_id, channel="email", failures=3, error="no way")
    wrong("lane", "failed 3 times in a row: no way")
    Lane.objects.filter(pk=lane.pk).update(failures=0, next_send_at=well.now - timedelta(minutes=10))
    wrong("lane", "not sent since")


@pytest.mark.rule("S-45")
def test_offers_that_reached_nobody(well: World) -> None:
    well.lead()
    Effect.objects.filter(kind="offer").update(state="failed")
    wrong("notices", "1 offers reached nobody")


def test_a_full_disk(well: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ROOM", 2**70)
    wrong("disk", "make room")


def test_a_schema_of_another_release(well: World) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("leaddrum", "9999_later")
    wrong("schema", "newer than this release (leaddrum.9999_later)")
    recorder.record_unapplied("leaddrum", "9999_later")
    recorder.record_unapplied("axes", max(name for app, name in recorder.applied_migrations() if app == "axes"))
    wrong("schema", "leaddrum migrate")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), TypeError("odd")])
def test_a_check_that_cannot_be_made_is_a_finding(
    well: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(_now: datetime) -> Any:
        raise error

    checks: tuple[tuple[str, Callable[[datetime], Any]], ...] = (("disk", fails), *doctor._CHECKS[1:])
    monkeypatch.setattr(doctor, "_CHECKS", checks)
    wrong("disk", "The disk is full" if isinstance(error, OSError) else "TypeError: odd")


def test_it_changes_nothing(well: World) -> None:
    well.lead()
    before = list(Cycle.objects.values()), list(Effect.objects.values()), list(Heartbeat.objects.values())
    asked()
    assert before == (list(Cycle.objects.values()), list(Effect.objects.values()), list(Heartbeat.objects.values()))
    assert logging.getLogger("leaddrum").handlers == []


def test_the_bot(well: World, telegram: Telegram, settings: Any) -> None:
    assert "ok     telegram: @leaddrum_test_bot answers" in asked().output
    settings.TELEGRAM_TOKEN = "1:wrong"
    output = asked().output
    assert "WRONG  telegram: 401 Unauthorized" in output
    assert "1:wrong" not in output


def test_a_way_in_that_does_not_work(well: World) -> None:
    way = ways.make(well.company, "mailbox", "Почта", now=well.now)
    assert asked().exit_code == 0
    ways.ill(way, "user: wrong password", well.now)
    wrong("way in", "Почта: user: wrong password (since ")
    Way.objects.update(active=False)
    assert asked().exit_code == 0


def test_a_way_in_that_is_silent(well: World) -> None:
    way = ways.make(well.company, "form", "Сайт", now=well.now)
    Way.objects.update(
        quiet_since=well.now - timedelta(hours=9), silent_told_at=well.now - timedelta(hours=1), usual_pause=5400
    )
    wrong("way in", "Сайт: silent for 9.0 working hours (since ")
    assert "the longest pause before was 1.5. Try it from outside" in asked().output
    ways.keep(Way.objects.get(), "form", {}, now=well.now)
    assert asked().exit_code == 0
    assert f"ok     way in: {way.company.key}/Сайт: works" in asked().output


def test_the_smtp_listener(well: World, settings: Any) -> None:
    assert "smtp listener" not in asked().output
    ways.make(well.company, "smtp", "Письма", now=well.now)
    settings.SMTP_LISTEN = ""
    wrong("smtp listener", "LEADDRUM_SMTP_LISTEN is not set")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.SMTP_LISTEN = f"127.0.0.1:{free.getsockname()[1]}"
    wrong("smtp listener", "ConnectionRefusedError")
    listener = Listener(settings.SMTP_LISTEN)
    listener.start()
    try:
        assert f"ok     smtp listener: {settings.SMTP_LISTEN} answers here; whether it is reached" in asked().output
    finally:
        listener.stop()


def test_calls_that_nobody_takes_in(well: World) -> None:
    way = ways.make(well.company, "form", "Сайт", now=well.now)
    knock = Knock.objects.create(company=well.company, way=way, received_at=well.now, body=b"{}")
    assert asked().exit_code == 0
    Knock.objects.filter(pk=knock.pk).update(received_at=well.now - timedelta(hours=1))
    wrong("ways in", "calls wait for 3")
