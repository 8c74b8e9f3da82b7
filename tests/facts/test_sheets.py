"""Day sheets: what the pages count is the same whether a day is packed or not, and never stale (S-10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leaddrum.facts import figures, keep, packing, sheets
from leaddrum.facts.kinds import LEADS
from leaddrum.facts.people import people
from leaddrum.facts.period import Period, Scope
from leaddrum.models import DaySheet, FactLead, FactTurn, Incident, Person
from tests.facts.conftest import keep_books
from tests.world import World

pytestmark = pytest.mark.rule("S-10")
LATER = timedelta(minutes=2)


def scope_of(world: World, **narrow: Any) -> Scope:
    return Scope(world.company_id, date(2026, 3, 1), date(2026, 3, 31), **narrow)


def everything(scope: Scope) -> list[Any]:
    period = Period(scope)
    parts = [figures.overview(period), figures.by_day(period), figures.when(period), figures.funnel(period)]
    return [*parts, people(period), *(figures.by(period, LEADS[name], "source") for name in LEADS)]


def pack(world: World) -> None:
    while keep.step(world.now + LATER):
        pass


def scopes(world: World) -> list[Scope]:
    anna, olga = Person.objects.get(key="anna").pk, Person.objects.get(key="olga").pk
    return [
        scope_of(world),
        scope_of(world, person=anna),
        scope_of(world, annulled=True, excused=False),
        scope_of(world, people=frozenset({anna, olga}), drums=frozenset()),
        scope_of(world, source=-1),
    ]


def test_a_packed_month_counts_as_its_facts_do(lively: World) -> None:
    before = [everything(scope) for scope in scopes(lively)]
    assert DaySheet.objects.filter(due_at=None).count() == 0
    pack(lively)
    assert list(DaySheet.objects.order_by("day").values_list("day", "due_at")) == [
        (date(2026, 3, 2), None),
        (date(2026, 3, 3), None),
    ]
    assert [everything(scope) for scope in scopes(lively)] == before


def test_packed_days_are_read_without_their_facts(lively: World) -> None:
    pack(lively)
    with CaptureQueriesContext(connection) as queries:
        everything(scope_of(lively))
    assert len(queries) == 2
    assert not [query for query in queries if "factlead" in query["sql"] or "factturn" in query["sql"]]


def test_a_change_of_long_ago_is_counted_at_once_and_packed_again(lively: World) -> None:
    pack(lively)
    was = figures.overview(Period(scope_of(lively)))
    lively.annul(Incident.objects.filter(annulled_at=None).earliest("pk"))
    keep_books(lively)
    now = everything(scope_of(lively))
    assert now[0].missed == was.missed - 1
    assert DaySheet.objects.exclude(due_at=None).count() > 0
    pack(lively)
    assert DaySheet.objects.exclude(due_at=None).count() == 0
    assert everything(scope_of(lively)) == now


def test_a_day_that_was_changed_while_it_was_packed_stays_due(lively: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lively.now += LATER
    real = packing.turns

    def changed_meanwhile(company: int, days: list[date]) -> dict[date, bytes]:
        found = real(company, days)
        sheets.touch(company, days, stamp=1000, now=lively.now)
        return found

    monkeypatch.setattr(packing, "turns", changed_meanwhile)
    assert not sheets.step(lively.now)
    assert DaySheet.objects.filter(due_at=None).count() == 0
    assert set(DaySheet.objects.values_list("stamp", flat=True)) == {1000}


def test_the_day_that_is_running_is_not_packed_again_and_again(world: World) -> None:
    for _ in range(3):
        card = world.lead()
        world.take(card, by=card.holder or "")
        keep_books(world)
        world.forward(seconds=40)
        assert not sheets.step(world.now)
    assert DaySheet.objects.get().due_at is not None


def test_numbers_of_a_record_never_overflow(lively: World) -> None:
    FactTurn.objects.filter(turn_number=1).update(turn_number=70_000, take_seconds=2**40)
    FactLead.objects.update(hand_overs=70_000, wait_seconds=2**40)
    overview = figures.overview(Period(scope_of(lively)))
    assert overview.client.ninth == 2**31 - 1
    assert [step.number for step in figures.funnel(Period(scope_of(lively)))][-1] == packing.MOST
