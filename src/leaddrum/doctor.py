"""`leaddrum doctor`: whether everything is well, one finding a line."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from leaddrum import clock, guard, links, start
from leaddrum.channels.botapi import BotError, bot
from leaddrum.crm.bitrix24 import checking
from leaddrum.engine import org, silent_ways
from leaddrum.models import Calendar, Company, Cycle, Drum, Effect, Heartbeat, Knock, Lane, Person, Portal, Way
from leaddrum.words import way_in as named

SILENT = timedelta(seconds=30)  # an engine beats every 5
OVERDUE = timedelta(minutes=2)  # longer than any usual verdict delay
ROOM = 256 * 1024 * 1024  # bytes free beside the data: a busy day of an embedded database, or its next backup
SKEW = 5.0  # seconds between this machine's clock and the database's


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    words: str
    well: bool = True

    def __str__(self) -> str:
        return f"{'ok     ' if self.well else 'WRONG  '}{self.what}: {self.words}"


def report() -> Iterator[Finding]:
    """Every check in turn; one that cannot be made is a finding too. Changes nothing."""
    database = _database()
    yield database
    if not database.well:
        return
    schema = _schema()
    yield schema
    if not schema.well:
        return
    now = clock.now()
    for what, check in _CHECKS:
        try:
            yield from check(now)
        except Exception as error:  # whatever is strange here is what somebody asks the doctor about
            yield Finding(what, start.in_words(error) or f"{type(error).__name__}: {error}", well=False)


def confirm() -> None:
    """This machine's clock is right, says the operator (S-43)."""
    guard.confirm(settings.DATA / "clock.json", wall=clock.now(), boot=guard.boot_seconds())


def _database() -> Finding:
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
                number, name = cursor.fetchone()
                words = f"PostgreSQL {name}"
                return Finding(
                    "database", words if number >= 140000 else f"{words}: 14 or newer is needed", number >= 140000
                )
            cursor.execute("PRAGMA quick_check(1)")
            (answer,) = cursor.fetchone()
    except (DatabaseError, OSError) as error:
        return Finding("database", start.in_words(error) or str(error), well=False)
    if answer != "ok":
        return Finding("database", f"SQLite: {answer}", well=False)
    return Finding("database", f"SQLite in {settings.DATA}")


def _schema() -> Finding:
    newer, missing = start.unknown_migrations(), start.missing_migrations()
    if newer:
        return Finding("schema", f"newer than this release ({newer[-1]}): upgrade the program", well=False)
    if missing:
        return Finding("schema", f"{len(missing)} migrations are missing: leaddrum migrate", well=False)
    return Finding("schema", f"of this release ({version('leaddrum')})")


def _disk(_now: datetime) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.DATA).free
    words = f"{free // 2**20} MB free in {settings.DATA}"
    yield Finding("disk", words if free >= ROOM else f"{words}: make room, {ROOM // 2**20} MB at least", free >= ROOM)


def _clock(now: datetime) -> Iterator[Finding]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            skew = (clock.now() - cursor.fetchone()[0]).total_seconds()
        well = abs(skew) <= SKEW
        yield Finding("clock", f"{abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} the database's", well)
    else:
        yield Finding("clock", now.isoformat(timespec="seconds"))
    for beat in _living(now).exclude(note__in=("", "stopped")):
        yield Finding(
            "clock", f"{beat.worker}: {beat.note}. If it is right: leaddrum doctor --confirm-clock", well=False
        )


def _living(now: datetime) -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(beat_at__gt=now - SILENT).order_by("worker")


def _engines(now: datetime) -> Iterator[Finding]:
    living = list(_living(now).exclude(note="stopped"))
    if not living:
        newest = Heartbeat.objects.order_by("-beat_at").first()
        last = f"; the last beat was {newest.beat_at.isoformat(timespec='seconds')}" if newest else ""
        yield Finding("engine", f"none runs{last}", well=False)
    for beat in living:
        ahead = beat.beat_at - now
        words = f"{beat.worker} beats, since {beat.started_at.isoformat(timespec='seconds')}"
        yield Finding(
            "engine", words if ahead < SILENT else f"{beat.worker}: its last beat is in the future", ahead < SILENT
        )


def _overdue(now: datetime) -> Iterator[Finding]:
    oldest = Cycle.objects.filter(next_at__lt=now).order_by("next_at").first()
    if oldest is None or oldest.next_at is None:
        yield Finding("overdue", "nothing")
        return
    late = now - oldest.next_at
    yield Finding("overdue", f"oldest for {round(late.total_seconds())} s (lead {oldest.lead_id})", late <= OVERDUE)


def _failing_leads(_now: datetime) -> Iterator[Finding]:
    failing = list(Cycle.objects.exclude(error="").filter(ended_at=None).values_list("lead_id", flat=True)[:10])
    if failing:
        yield Finding("leads", f"cannot be worked on: {', '.join(map(str, failing))} (see their pages)", well=False)


def _companies(now: datetime) -> Iterator[Finding]:
    """The calendars open, every drum has somebody, people can be told."""
    if not Company.objects.exists():
        yield Finding("company", "none yet: leaddrum apply FILE", well=False)
    for company in Company.objects.order_by("key"):
        if company.zone not in available_timezones():
            yield Finding("calendars", f"{company.key}: the zone {company.zone} is unknown", well=False)
            continue
        yield from _calendars(company, now)
        drums = Drum.objects.filter(company=company, active=True).count()
        people = Person.objects.filter(company=company, active=True, technical=False)
        unreached = list(people.filter(email="").values_list("key", flat=True)[:10])
        words = f"{company.key}: {drums} drums, {people.count()} people, version {company.version}"
        yield Finding("company", words, well=drums > 0)
        if unreached:
            yield Finding("company", f"{company.key}: no e-mail, told on the pages only: {', '.join(unreached)}")


def _calendars(company: Company, now: datetime) -> Iterator[Finding]:
    compiled = org.of(company, now)
    for key in Calendar.objects.filter(company=company).order_by("key").values_list("key", flat=True):
        name = f"{company.key}/{key}"
        try:
            opens = compiled.calendar(key).next_open(now)
        except ValueError as error:
            yield Finding("calendars", f"{name}: {error}", well=False)
            continue
        if opens is None:
            yield Finding("calendars", f"{name} does not open again", well=False)
        else:
            local = opens.astimezone(ZoneInfo(company.zone))
            yield Finding("calendars", f"{name}: {'open' if opens == now else f'opens {local:%d.%m.%Y %H:%M}'}")


def _channels(_now: datetime) -> Iterator[Finding]:
    if not settings.MAIL_URL:
        yield Finding("mail", f"as files in {settings.DATA / 'mail'} (LEADDRUM_MAIL_URL is not set)")
    else:
        mail = get_connection(fail_silently=False)
        try:
            mail.open()
            mail.close()
            yield Finding("mail", "the server answers")
        except Exception as error:  # whatever smtplib and ssl may raise, it is the finding
            yield Finding("mail", f"{type(error).__name__}: {error}", well=False)
    yield from _telegram()
    yield Finding("links", f"lead to {links.public_url()}")


def _telegram() -> Iterator[Finding]:
    client = bot()
    if client is None:
        return
    with client:
        try:
            yield Finding("telegram", f"@{client.call('getMe')['username']} answers")
        except BotError as error:
            yield Finding("telegram", str(error), well=False)


def _lanes(now: datetime) -> Iterator[Finding]:
    for lane in Lane.objects.select_related("company").order_by("company__key", "channel"):
        late = lane.next_send_at is not None and now - lane.next_send_at > OVERDUE
        name = f"{lane.company.key}/{lane.channel}"
        if lane.failures:
            yield Finding("lane", f"{name}: failed {lane.failures} times in a row: {lane.error}", well=False)
        elif late:
            yield Finding("lane", f"{name}: not sent since {lane.next_send_at}", well=False)
        else:
            yield Finding("lane", f"{name}: runs")
    failed = Effect.objects.extra(where=["leaddrum_effect.state IN ('pending', 'failed')"])
    count = failed.filter(state="failed").count()
    if count:
        yield Finding("notices", f"{count} offers reached nobody and wait for the head to be warned", well=False)


def _ways_in(now: datetime) -> Iterator[Finding]:
    """Ways in that do not work or have fallen silent, and calls that nobody takes in."""
    there = Way.objects.filter(active=True).exclude(kind=Way.Kind.PAGE, drum__active=False)
    for way in there.select_related("company").order_by("company__key", "pk"):
        well = not way.trouble and not way.is_silent
        yield Finding("way in", f"{way.company.key}/{named(way.kind, way.name)}: {_way_in(way, now)}", well)
    oldest = Knock.objects.order_by("pk").first()
    if oldest is not None:
        late = now - oldest.received_at
        yield Finding("ways in", f"calls wait for {round(late.total_seconds())} s", late <= OVERDUE)
    yield from _listener()


def _way_in(way: Way, now: datetime) -> str:
    if way.trouble:
        since = f" (since {way.trouble_at.isoformat(timespec='seconds')})" if way.trouble_at else ""
        return f"{way.trouble}{since}"
    if way.is_silent and way.quiet_since is not None:
        quiet = silent_ways.of(way, org.of(way.company, now), now)
        lasts = f"{round(quiet.lasts / 3600, 1)} working hours" if quiet is not None else "more than a year"
        since = way.quiet_since.isoformat(timespec="seconds")
        return (
            f"silent for {lasts} (since {since}); the longest pause before was {round(way.usual_pause / 3600, 1)}."
            f" Try it from outside, or {'press “Do not watch”' if way.is_built_in else 'switch it off'} on its page"
        )
    return "works" if way.seen_at else "waits for the first contact"


def _listener() -> Iterator[Finding]:
    """Where letters are delivered to us. That they reach it from outside only a letter from there can show."""
    if not Way.objects.filter(active=True, kind=Way.Kind.SMTP).exists():
        return
    if not settings.SMTP_LISTEN:
        yield Finding("smtp listener", "a way in waits for it, and LEADDRUM_SMTP_LISTEN is not set", well=False)
        return
    host, _colon, port = settings.SMTP_LISTEN.rpartition(":")
    try:
        with smtplib.SMTP(host.strip("[]") or "127.0.0.1", int(port), timeout=5) as door:
            door.noop()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("smtp listener", f"{settings.SMTP_LISTEN}: {type(error).__name__}: {error}", well=False)
        return
    words = "answers here; whether it is reached from outside shows a letter from another mail service"
    yield Finding("smtp listener", f"{settings.SMTP_LISTEN} {words}")


def _portals(now: datetime) -> Iterator[Finding]:
    for portal in Portal.objects.select_related("company").order_by("company__key"):
        for words, well in checking.findings(portal, now):
            yield Finding("portal", f"{portal.company.key}: {words}", well)


_CHECKS: tuple[tuple[str, Callable[[datetime], Iterator[Finding]]], ...] = (
    ("disk", _disk),
    ("clock", _clock),
    ("engine", _engines),
    ("overdue", _overdue),
    ("leads", _failing_leads),
    ("company", _companies),
    ("channels", _channels),
    ("lanes", _lanes),
    ("ways in", _ways_in),
    ("portal", _portals),
)
