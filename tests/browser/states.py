"""The same pages at other times: before the first lead, with far too many, and when nobody is on duty any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.browser.shot import Shot, opens

if TYPE_CHECKING:
    from leaddrum.demo.stage import Stage
    from tests.browser.sample import Sample

CROWD = 40


def states(stage: Stage, day: Sample) -> Iterator[Shot]:
    yield from empty(day)
    yield from full(day)
    yield from night(stage, day)


def empty(day: Sample) -> Iterator[Shot]:
    """A company of the same people that nobody has written to yet."""
    from tests.browser.sample import Sample

    new = Sample(day.language, of="new-")
    new.now = day.now
    for name, path, person in (
        ("board-empty", "/", "olga"),
        ("board-empty-late", "/?late=1", "olga"),
        ("now-empty", "/now", "olga"),
        ("my-nothing-yet", "/my", "anna"),
        ("my-month-empty", "/my/month", "anna"),
        ("journal-nothing-yet", "/journal", "olga"),
        ("untaken-empty", "/journal/closed", "olga"),
        ("unread-empty", "/journal/unread", "irina"),
        ("map-empty", "/map?drum=site", "olga"),
        ("map-leads-empty", "/map/site/taken", "olga"),
        ("import-empty", "/import", "olga"),
    ):
        yield Shot(name, path, person, of=new)


def full(day: Sample) -> Iterator[Shot]:
    """More requests than the people can hold: the rest of them queue."""
    from tests.browser.sample import both

    for number in range(CROWD):
        title = both(f"Заявка с выставки № {number + 1}", f"From the fair, request no. {number + 1}")
        day.comes(title, both("Посетитель", "Visitor"), 20 + number, source="form" if number % 3 else "api")
    yield Shot("board-full", "/", "olga")
    yield Shot("now-full", "/now", "olga")
    yield Shot("my-full", "/my", "anna")


def night(stage: Stage, day: Sample) -> Iterator[Shot]:
    """After hours of missing, and after the doors have closed."""
    from leaddrum.models import Heartbeat, Lane
    from tests.browser.sample import both

    day.clock("17:56")
    day.resume("pavel")
    late = day.comes(both("Окна для школы", "Windows for a school"), both("Лев Тихий", "Leo Still"), 18, drum="tenders")
    day.clock("19:30")
    waiting = day.comes(both("Ставни на дачу", "Shutters"), both("Ада Громова", "Ada Loud"), 19)
    stage.now = day.now
    Heartbeat.objects.update(beat_at=day.now)
    Lane.objects.update(next_send_at=None)
    yield Shot("board-night", "/", "olga")
    yield Shot("now-night", "/now", "olga")
    yield Shot("my-night", "/my", "vera")
    yield Shot("my-month-full", "/my/month", "anna")
    yield Shot("my-month-paused", "/my/month", "pavel")
    yield Shot("journal-full", "/journal", "olga")
    yield Shot("map-full", "/map?drum=site", "olga")
    yield Shot("lead-night", f"/leads/{waiting.id}", "olga")
    yield Shot("lead-over-night", f"/leads/{late.id}", "olga", opens("#now [id^=why-]"))
