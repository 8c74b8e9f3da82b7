"""Keeping the books behind the engine: seal what was journalled, bring the facts up to date. A step of the loop.

The journal's numbers rise in the order of its commits, because every transaction of a company holds the company's row
(docs/decisions/0001). So one number a table says how far the books are kept, and nothing can slip in behind it.

1. Companies whose `head` has moved since the last time, or whose set-up has another version.
2. Of each, up to LIMIT new rows of every journal table, and the passages they are about.
3. Outside any transaction: digests, and the facts of these passages as they are now.
4. One short transaction: what differs, in the dimensions too, the seals, how far we came, if nobody else was quicker.
5. Day sheets for the pages that count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import F, Max, Q

from leaddrum.engine import in_company, org
from leaddrum.engine.staff import Org
from leaddrum.facts import describing, seal, sheets, store
from leaddrum.facts.build import CHUNK, Built, build
from leaddrum.models import Company, Cycle, Day, Entry, Incident, Keeping, Lead, Seal, SealedText, Source, Turn

WHOLE = frozenset({"withdrawn", "deleted", "restored", "merged"})  # entries that change all passages of their leads
# The lead stands elsewhere after these: its earlier passages too.
PLACED = frozenset({"arrived", "taken", "closed", "moved", "robot_moved"})
LIMIT = 1000  # rows of a table at a time: also the most that one block seals
FAR = 100_000  # rows of other companies that a company's next look may have to pass over
log = structlog.stdlib.get_logger("leaddrum.keep")


def step(now: datetime) -> bool:
    """Bring every company's books a step forward. Returns whether there is more to do."""
    kept = Q(keeping__head=F("head"), keeping__described=F("staff_version"))
    moved = Company.objects.filter(Q(keeping=None) | ~kept).order_by("pk")
    more, failed = False, None
    for company in moved:
        try:
            more |= company_step(company, now)
        except Exception as error:  # one company's trouble keeps no other's books waiting
            log.warning("books not kept", company=company.pk, error=type(error).__name__)
            failed = error
    more |= sheets.step(now)
    if failed is not None:
        raise failed
    return more


def catch_up(company_id: int, now: datetime, told: Callable[[int], None] = lambda _stamp: None) -> None:
    """Bring one company's books wholly up to date; `told` hears of every step."""
    while company_step(Company.objects.get(pk=company_id), now):
        told(Keeping.objects.values_list("stamp", flat=True).get(company=company_id))


def company_step(company: Company, now: datetime) -> bool:
    kept, _made = Keeping.objects.get_or_create(company=company)
    news = _News(company.pk, kept)
    built, edited = Built(), kept.described != company.staff_version
    people = org.of(company, now) if news.cycles or edited else None
    if news.cycles and people is not None:
        built = build(company.pk, news.cycles, people, _sources(company.pk, news.cycles))
        _days(company, people, built)
        built = store.differing(built, news.cycles)
    days = people is not None and edited and _days_to_come(company, people, now)
    told = describing.changed(company, kept, grown=bool(news.cycles), days=days)
    chain = _Chain(company.pk, kept, now)
    for table, rows in news.rows.items():
        chain.add(table, rows)
    with transaction.atomic():
        ours = Keeping.objects.filter(pk=kept.pk, stamp=kept.stamp, block=kept.block, **news.began).update(
            head=kept.head if news.more else company.head,
            stamp=kept.stamp + 1 if news.cycles or told else kept.stamp,
            described=company.staff_version,
            block=chain.number,
            digest=chain.digest,
            **news.reached,
        )
        if not ours:
            return True  # another process was quicker
        sheets.touch(company.pk, store.days(built), kept.stamp + 1, now)
        store.write(built, kept.stamp + 1, now)
        describing.write(company.pk, told, kept.stamp + 1, now)
        Seal.objects.bulk_create(chain.blocks)
        SealedText.objects.bulk_create(chain.texts)
    if not news.more:
        _leap(company.pk)
    return news.more


class _News:
    """What the journal has that the books do not."""

    def __init__(self, company: int, kept: Keeping) -> None:
        self.began = {"entry": kept.entry, "turn": kept.turn, "incident": kept.incident}
        self.rows: dict[str, list[Any]] = {}
        for table, after in self.began.items():
            found = seal.TABLES[table]._base_manager.filter(company=company, pk__gt=after).order_by("pk")
            self.rows[table] = list(found[:LIMIT])
        self.reached = {table: rows[-1].pk if rows else self.began[table] for table, rows in self.rows.items()}
        self.more = any(len(rows) == LIMIT for rows in self.rows.values())
        named = {row.cycle_id for rows in self.rows.values() for row in rows}
        self.cycles = sorted(named | _others(company, self.rows["entry"]))


def _others(company: int, entries: list[Any]) -> set[int]:
    """A lead that is deleted, comes back, goes up in another one or moves: its earlier passages say so too."""
    whole = {entry.cycle_id for entry in entries if entry.kind in WHOLE}
    placed = {entry.cycle_id for entry in entries if entry.kind in PLACED}
    if not whole and not placed:
        return set()
    named = Cycle.objects.filter(Q(pk__in=whole) | Q(pk__in=placed, number__gt=1))
    leads = set(named.values_list("lead", flat=True))
    leads |= {entry.data["lead"] for entry in entries if entry.kind == "merged"}
    if not leads:
        return set()
    return set(Cycle.objects.filter(company=company, lead__in=leads).values_list("pk", flat=True))


@dataclass
class _Chain:
    """New blocks after the newest one."""

    company: int
    kept: Keeping
    now: datetime
    blocks: list[Seal] = field(default_factory=list)
    texts: list[SealedText] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.number, self.digest = self.kept.block, self.kept.digest or seal.GENESIS

    def add(self, table: str, rows: list[Any]) -> None:
        if not rows:
            return
        digests = []
        for row in rows:
            value, texts = seal.sealed(table, row)
            digests.append((row.pk, value))
            self.texts += texts
        self.number += 1
        content = seal.packed(digests)
        self.digest = seal.block(self.digest, self.number, table, content, self.now)
        self.blocks.append(
            Seal(
                company_id=self.company,
                number=self.number,
                table=table,
                rows=content,
                digest=self.digest,
                sealed_at=self.now,
            )
        )


def _leap(company: int) -> None:
    """Skip what others have journalled meanwhile, so that a quiet company's next look need not pass over it. Under the
    company's lock nothing of its own is under way, so whatever it journals next has a greater number."""
    newest = {"entry": _newest(Entry), "turn": _newest(Turn), "incident": _newest(Incident)}
    kept = Keeping.objects.get(company=company)
    if all(newest[table] - getattr(kept, table) < FAR for table in newest):
        return
    with in_company(company):
        if not any(_News(company, kept).rows.values()):
            Keeping.objects.filter(pk=kept.pk, entry=kept.entry, turn=kept.turn, incident=kept.incident).update(
                **newest
            )


def _newest(model: Any) -> int:
    return model.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _sources(company: int, cycles: list[int]) -> dict[str, int]:
    """The number of every source these passages' leads came from."""
    names: set[str] = set()
    for first in range(0, len(cycles), CHUNK):
        leads = Cycle.objects.filter(pk__in=cycles[first : first + CHUNK]).values("lead")
        names.update(Lead.objects.filter(pk__in=leads).values_list("source", flat=True).distinct())
    known = dict(Source.objects.filter(company=company).values_list("name", "pk"))
    missing = names - known.keys()
    if missing:
        Source.objects.bulk_create(
            [Source(company_id=company, name=name) for name in sorted(missing)], ignore_conflicts=True
        )
        known = dict(Source.objects.filter(company=company).values_list("name", "pk"))
    return known


def _days(company: Company, people: Org, built: Built) -> None:
    """Every day from the first that a fact names to the end of the last one's year has its row."""
    named = [row[column] for rows, columns in _dated(built) for row in rows for column in columns]
    if not named:
        return
    first, last = min(named), date(max(named).year, 12, 31)
    kept = Day.objects.filter(company=company).order_by("date").values_list("date", flat=True)
    oldest, newest = kept.first(), kept.last()
    wanted = {first + timedelta(days=n) for n in range((last - first).days + 1)}
    if oldest is not None and newest is not None:
        if oldest <= first and last <= newest:
            return
        span = (min(first, oldest), max(last, newest))
        wanted = {span[0] + timedelta(days=n) for n in range((span[1] - span[0]).days + 1)} - set(kept)
    Day.objects.bulk_create([_day(company, people, day) for day in sorted(wanted)], ignore_conflicts=True)


def _days_to_come(company: Company, people: Org, now: datetime) -> bool:
    """The hours were edited, perhaps: days from today on have those of now, earlier ones keep theirs. Returns whether
    any is another."""
    today = now.astimezone(ZoneInfo(company.zone)).date()
    kept = {row.date: row for row in Day.objects.filter(company=company, date__gte=today)}
    fresh = (_day(company, people, day) for day in sorted(kept))
    other = [day for day in fresh if day.working_seconds != kept[day.date].working_seconds]
    for day in other:
        Day.objects.filter(pk=kept[day.date].pk).update(working_seconds=day.working_seconds)
    return bool(other)


def _dated(built: Built) -> list[tuple[list[dict[str, Any]], tuple[str, ...]]]:
    """The columns in which facts name days."""
    return [
        (built.leads, ("arrived_on", "opened_on")),
        (built.turns, ("offered_on",)),
        (built.incidents, ("missed_on",)),
    ]


def _day(company: Company, people: Org, day: date) -> Day:
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(company.zone))
    end = (start + timedelta(days=1)).astimezone(UTC)
    drum = people.default_drum
    try:
        working = round(people.service(drum).between(start.astimezone(UTC), end)) if drum is not None else 0
    except ValueError:  # outside the window for which calendars are known
        working = 0
    return Day(
        company=company,
        date=day,
        year=day.year,
        quarter=(day.month + 2) // 3,
        month=day.month,
        day=day.day,
        weekday=day.isoweekday(),
        iso_week=day.isocalendar().week,
        working_seconds=working,
    )
