"""No page reads a whole table of history: SQLite is asked how it would go about each query."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leaddrum.models import Lead
from tests.web.test_queries import PAGES, a_day
from tests.world import World

Browser = Callable[..., Client]
HISTORY = ("cycle", "lead", "turn", "incident", "entry", "effect", "request", "touch", "reply", "delivery")
"""Tables that grow with the years."""
COMPANY = ("INDEX lead_column (company_id=?)", "INDEX incident_tally (company_id=?)")
"""By these a company's whole history is read as well."""
PERSON = "INDEX effect_person (person_id=?)"
"""By this all that somebody was ever told, unless it is the newest few."""


@contextmanager
def scans() -> Iterator[list[str]]:
    """Queries that read such a table from end to end."""
    found: list[str] = []

    def asked(execute: Any, sql: str, params: Sequence[Any], many: bool, context: dict[str, Any]) -> Any:
        if sql.lstrip().upper().startswith("SELECT"):
            with connection.cursor() as cursor:
                raw = cursor.cursor.connection.cursor()
                plain = sql.replace("%s", "?").replace("%%", "%") if params else sql
                for row in raw.execute("EXPLAIN QUERY PLAN " + plain, tuple(params or ())).fetchall():
                    step = row[3].split()
                    names = {f"leaddrum_{name}" for name in HISTORY}
                    whole = step[0] == "SCAN" and "INDEX" not in step and _table(step[1], sql) in names
                    all_of_his = row[3].endswith(PERSON) and "LIMIT" not in sql
                    if whole or all_of_his or row[3].endswith(COMPANY):
                        found.append(f"{row[3]}: {sql}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(asked):
        yield found


def _table(name: str, sql: str) -> str:
    """The table behind a name that the query gives it."""
    for word in (f'"{name}"', name):
        before = sql.partition(f" {word} ")[0].rsplit(None, 1)
        if len(before) == 2 and before[1].strip('"').startswith("leaddrum_"):
            return before[1].strip('"')
    return name


@pytest.mark.parametrize("person", ["anna", "olga"])
def test_what_somebody_sees_is_asked_of_each_lead_alone(world: World, browser: Browser, person: str) -> None:
    """PostgreSQL makes a table of every cycle there ever was out of EXISTS: half a second for a million of them."""
    world.lead()
    client = browser(person)
    with CaptureQueriesContext(connection) as asked:
        for page in ("/", "/?drum=drum", "/?text=Окно", "/?late=1", "/my", "/now", "/journal", "/journal/closed"):
            assert client.get(page).status_code in {200, 403}
    made = re.compile(
        r'EXISTS\(SELECT 1 AS "a" FROM "leaddrum_cycle" U0 WHERE .{0,3}U0."lead_id" = \("leaddrum_lead"."id"'
    )
    over = [one["sql"] for one in asked.captured_queries if made.search(one["sql"])]
    assert over == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what the tables hold")
@pytest.mark.parametrize("person", PAGES)
def test_no_page_reads_a_whole_table_of_history(world: World, browser: Browser, person: str) -> None:
    world.edit(open_offers_cap=1000)
    a_day(world, 12)
    client = browser(person)
    pages = [*PAGES[person], *(["/?late=1", "/?text=Окно", "/?drum=drum&late=1"] if person in {"anna", "olga"} else [])]
    pages += ["/map", "/map/drum"] if person == "olga" else []
    first = {"lead": Lead.objects.earliest("pk").pk, "table": 1}
    with scans() as found:
        for page in pages:
            client.get(page.format(**first))
    assert found == []


def test_what_is_watched_by_a_scan_is_seen(world: World) -> None:
    """The looking itself: a query with nothing to go by is found out."""
    if connection.vendor != "sqlite":
        pytest.skip("asks SQLite for its plan")
    with scans() as found:
        list(Lead.objects.filter(title="Балкон"))
    assert len(found) == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what the tables hold")
@pytest.mark.parametrize("person", ["anna", "boris", "olga", "irina"])
def test_no_press_reads_a_whole_table_of_history(world: World, browser: Browser, person: str) -> None:
    lead, client = world.lead(owner="anna"), browser(person)
    with scans() as found:
        client.post(reverse("turn-decline", args=lead.turn), {"reason": "нет"})
        client.post(reverse("turn-take", args=lead.turn))
    assert found == []
