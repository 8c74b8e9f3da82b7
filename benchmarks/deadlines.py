"""Deadlines a second: 30 working minutes from random instants over three years, beside two libraries and a plain walk.

    python -m benchmarks.deadlines [--quick] [--out FILE]

1. One working week for all: Monday to Friday 09:00-13:00 and 14:00-18:00 in Moscow, without the Russian days off of
   2024-2026. Working Saturdays and days one hour shorter are left out here: neither library can express them.
2. The rate of each, the best of several rounds in seconds of the processor, on the same instants, made beforehand in
   the type it likes best. Targets are for our calendar on microseconds, which is what its binary search works on; the
   same behind datetimes is a row of its own.
3. The same for 400 working hours: what distance costs. Ours may take up to twice as long for 800 times as far: the
   deadline is mostly in the next interval, and only a farther one has to be searched.
4. The answers of all on random instants, half of them whole quarters of an hour, so that openings and closings are hit.
   Where they differ, a count of minutes that shares no code with any of them says who is right.

pandas adds business time in whole hours only, so half an hour is made of what it offers: roll forward, and when 30
minutes do not fit before the closing, one hour less 30 minutes. What its bare operation costs, one whole hour, is
shown too.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time as clock
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.frame import Row, report, say
from leaddrum import holidays_data
from leaddrum.core.dayrule import DayRule
from leaddrum.core.hours import Hours
from leaddrum.core.hours import compile as compiled
from leaddrum.core.instants import from_us, to_us
from leaddrum.core.worktime import Calendar

MOSCOW = ZoneInfo("Europe/Moscow")
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
WINDOW = (datetime(2023, 12, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
HALF_HOUR, FAR = timedelta(minutes=30), timedelta(hours=400)
DAY = [(time(9), time(13)), (time(14), time(18))]
SPEC = {"weekdays": ["09:00-13:00", "14:00-18:00"], "holidays": "RU"}

Many = Callable[[Sequence[Any]], list[Any]]


@dataclass(frozen=True)
class Way:
    """One way to find deadlines: how it likes its instants, half an hour from one, and from many, and 400 hours."""

    name: str
    instant: Callable[[datetime], Any]
    answer: Callable[[Any], Any]
    many: Many
    far: Many
    target: float = 0.0  # how many times faster we have to be
    back: Callable[[Any], datetime] = lambda found: found
    bare: Many | None = None  # its cheapest single operation, where half an hour takes several


def days_off() -> dict[date, DayRule]:
    """The closed days only, to the end of the window."""
    found = holidays_data.days("RU", range(2023, 2029))
    return {day: rule for day, rule in found.items() if rule.spans == ()}


def walk(start: datetime, budget: timedelta, off: frozenset[date]) -> datetime:
    """What one writes without further thought: day by day, interval by interval, on the local clock."""
    at, left = start.astimezone(MOSCOW), budget
    day = at.date()
    while True:
        if day.weekday() < 5 and day not in off:
            for opens, closes in DAY:
                begin = max(at, datetime.combine(day, opens, MOSCOW))
                end = datetime.combine(day, closes, MOSCOW)
                if begin < end:
                    if left <= end - begin:
                        return (begin + left).astimezone(UTC)
                    left -= end - begin
        day += timedelta(days=1)


def judge(start: datetime, off: frozenset[date]) -> datetime:
    """Half an hour by counting the minutes that are open; the seconds of the start move every edge of a minute."""
    at, left = start, 30 * 60
    while left:
        wall = at.astimezone(MOSCOW)
        minute = wall.hour * 60 + wall.minute
        opened = (540 <= minute < 780 or 840 <= minute < 1080) and wall.weekday() < 5 and wall.date() not in off
        step = min(60 - wall.second, left) if opened else 60 - wall.second
        left -= step if opened else 0
        at += timedelta(seconds=step)
    return at


def ways(calendar: Calendar, off: frozenset[date]) -> list[Way]:
    """Ours on microseconds first: it is what the others are measured by."""
    seconds, far = HALF_HOUR.total_seconds(), FAR.total_seconds()
    us, far_us = int(seconds * 1e6), int(far * 1e6)
    add, add_us = calendar.add, calendar.add_us
    return [
        Way(
            "LeadDrum, microseconds",
            to_us,
            lambda t: add_us(t, us),
            lambda ts: [add_us(t, us) for t in ts],
            lambda ts: [add_us(t, far_us) for t in ts],
            back=from_us,
        ),
        Way(
            "LeadDrum, datetimes",
            lambda t: t,
            lambda t: add(t, seconds),
            lambda ts: [add(t, seconds) for t in ts],
            lambda ts: [add(t, far) for t in ts],
        ),
        _pandas(off),
        _businesstimedelta(off),
        Way(
            "plain walk over days",
            lambda t: t,
            lambda t: walk(t, HALF_HOUR, off),
            lambda ts: [walk(t, HALF_HOUR, off) for t in ts],
            lambda ts: [walk(t, FAR, off) for t in ts],
            target=5,
        ),
    ]


def _pandas(off: frozenset[date]) -> Way:
    import pandas as pd  # only in the benchmarks' environment

    rule: dict[str, Any] = {"start": ["09:00", "14:00"], "end": ["13:00", "18:00"], "holidays": sorted(off)}
    hour, hours = pd.offsets.CustomBusinessHour(1, **rule), pd.offsets.CustomBusinessHour(400, **rule)
    half = pd.Timedelta(HALF_HOUR)

    def answer(t: Any) -> Any:
        opened = hour.rollforward(t)
        if opened.time() in (time(13), time(18)):  # it calls the very closing open
            opened = hour.rollforward(opened + pd.Timedelta(1, "us"))
        closes = 13 if opened.hour < 13 else 18
        due = opened + half
        return due if due <= opened.normalize() + pd.Timedelta(closes, "h") else opened + hour - half

    return Way(
        "pandas CustomBusinessHour",
        lambda t: pd.Timestamp(t.astimezone(MOSCOW).replace(tzinfo=None)),
        answer,
        lambda ts: [answer(t) for t in ts],
        lambda ts: [t + hours for t in ts],
        target=100,
        back=lambda found: found.to_pydatetime().replace(tzinfo=MOSCOW).astimezone(UTC),
        bare=lambda ts: [t + hour for t in ts],
    )


def _businesstimedelta(off: frozenset[date]) -> Way:
    import businesstimedelta as btd  # type: ignore[import-not-found]  # only in the benchmarks' environment
    import pytz  # type: ignore[import-untyped]  # comes with it

    zone = pytz.timezone("Europe/Moscow")
    rules = btd.Rules(
        [
            btd.WorkDayRule(start_time=time(9), end_time=time(18), working_days=[0, 1, 2, 3, 4], tz=zone),
            btd.LunchTimeRule(start_time=time(13), end_time=time(14), working_days=[0, 1, 2, 3, 4], tz=zone),
            btd.HolidayRule(dict.fromkeys(off, "off"), tz=zone),
        ]
    )
    half, far = btd.BusinessTimeDelta(rules, timedelta=HALF_HOUR), btd.BusinessTimeDelta(rules, timedelta=FAR)
    return Way(
        "businesstimedelta",
        lambda t: t,
        lambda t: t + half,
        lambda ts: [t + half for t in ts],
        lambda ts: [t + far for t in ts],
        target=250,
        back=lambda found: found.astimezone(UTC),
    )


def rate(many: Many, instants: Sequence[Any], seconds: float, rounds: int = 3) -> float:
    """Answers a second of the processor: the best of several rounds, each of at least this length."""
    best = 0.0
    for _ in range(rounds):
        done, size, spent = 0, 10, 0.0
        while spent < seconds:
            chunk = instants[:size]
            began = clock.process_time()
            many(chunk)
            spent += clock.process_time() - began
            done += len(chunk)
            size = min(size * 2, len(instants))
        best = max(best, done / spent)
    return best


def random_instants(count: int, seed: int) -> list[datetime]:
    """Whole seconds over the three years; every second one a quarter of an hour, to hit the edges of the day."""
    rnd = random.Random(seed)
    start = datetime.combine(FIRST, time(), MOSCOW).astimezone(UTC)
    span = (LAST - FIRST).days * 86_400
    drawn = (rnd.randrange(span) for _ in range(count))
    return [start + timedelta(seconds=n - n % 900 if number % 2 else n) for number, n in enumerate(drawn)]


def agreement(
    way: Way, calendar: Calendar, instants: Sequence[datetime], off: frozenset[date], limit: float
) -> dict[str, Any]:
    """How often a way answers as we do, for as many cases as fit into the time limit; else, who is right."""
    until = clock.perf_counter() + limit
    differ: list[dict[str, str]] = []
    verdicts = {"we": 0, "they": 0, "neither": 0}
    done = 0
    for start in instants:
        if clock.perf_counter() > until:
            break
        done += 1
        ours, theirs = calendar.add(start, HALF_HOUR.total_seconds()), way.back(way.answer(way.instant(start)))
        if ours == theirs:
            continue
        right = judge(start, off)
        verdict = "we" if right == ours else "they" if right == theirs else "neither"
        verdicts[verdict] += 1
        shown = {"start": start, "ours": ours, "theirs": theirs, "right": right}
        differ.append({name: t.astimezone(MOSCOW).strftime("%a %d.%m.%Y %H:%M:%S") for name, t in shown.items()})
    return {"cases": done, "disagree": len(differ), "right": verdicts, "examples": differ[:10]}


def speed(way: Way, inputs: Sequence[Any], seconds: float, rates: list[float]) -> list[Row]:
    """The rows of one way. `rates` are those before it; the first two are ours, for comparison."""
    near, far = rate(way.many, inputs, seconds), rate(way.far, inputs, seconds)
    rates.append(near)
    ours = rates[0]
    times = ours / near
    target, met = (f"we: ≥ {way.target:g} ×", times >= way.target) if way.target else ("", None)
    note = f"we: {times:,.0f} ×; with datetimes in and out {rates[1] / near:,.1f} ×" if way.target else ""
    reach = near / far
    even, kept = ("" if way.target else "≤ 2 × the time of 30 min"), (None if way.target else reach <= 2)
    rows = [
        Row(way.name, near, "deadlines/s", target=target, met=met, note=note, group="deadlines a second"),
        Row(f"{way.name}, 400 h", far, "deadlines/s", target=even, met=kept, note=f"{reach:,.1f} × the time of 30 min"),
    ]
    if way.bare:
        bare = rate(way.bare, inputs, seconds)
        rows.append(
            Row(f"{way.name}, one whole hour", bare, "deadlines/s", note=f"one operation; we: {ours / bare:,.0f} ×")
        )
    return rows


def same(name: str, found: dict[str, Any]) -> Row:
    """One row on agreement: met when nobody who differs from us is right."""
    right = found["right"]
    note = f"{found['disagree']} differ; right: we {right['we']}, they {right['they']}, neither {right['neither']}"
    agreed = found["cases"] - found["disagree"]
    unit = f"of {found['cases']:,} cases"
    met = right["they"] == 0 and right["neither"] == 0
    return Row(f"same answers: {name}", agreed, unit, target="none where they are right", met=met, note=note)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description="Deadlines a second, beside pandas, businesstimedelta and a plain walk."
    )
    parser.add_argument("--quick", action="store_true", help="shorter rounds and 5,000 cases instead of 100,000")
    parser.add_argument("--out", help="write rows and disagreements as JSON to this file")
    given = parser.parse_args(argv)
    seconds, cases, limit = (0.2, 5_000, 10.0) if given.quick else (1.0, 100_000, 120.0)
    closed = days_off()
    off = frozenset(closed)
    calendar = compiled(Hours.from_spec(SPEC, "Europe/Moscow", closed), WINDOW)
    instants = random_instants(cases, seed=1)
    rows: list[Row] = []
    answers: dict[str, dict[str, Any]] = {}
    rates: list[float] = []
    for way in ways(calendar, off):
        say(f"deadlines: {way.name}")
        inputs = [way.instant(t) for t in instants[:5_000]]
        rows += speed(way, inputs, seconds, rates)
        answers[way.name] = agreement(way, calendar, instants, off, limit)
    rows += [same(name, found) for name, found in answers.items()]
    report("deadlines", rows)
    for name, found in answers.items():
        for example in found["examples"]:
            print(name, example, file=sys.stderr)
    if given.out:
        values = {"rows": [asdict(row) for row in rows], "answers": answers}
        Path(given.out).write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
