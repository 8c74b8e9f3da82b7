"""The analytics pages: their numbers are those of SQL written on its own, and lead to the rows behind them (S-10)."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum import access
from leaddrum.facts import figures
from leaddrum.facts.people import people
from leaddrum.facts.period import Period, Scope
from leaddrum.models import Cycle, Department, Drum, Entry, FactLead, Incident, Lead, Source, Turn
from tests.facts.conftest import keep_books
from tests.world import World

pytestmark = pytest.mark.rule("S-10")
PAGES = ("", "/people", "/hours", "/funnel", "/junk", "/rows")
SINCE, UNTIL = date(2026, 3, 1), date(2026, 3, 31)
MARCH = {"since": "2026-03-01", "until": "2026-03-31"}


@pytest.fixture
def scope(lively: World) -> Scope:
    return Scope(lively.company_id, SINCE, UNTIL)


def signed_in(client: Client, world: World, person: str) -> Client:
    client.force_login(access.account_of(world.person(person)), backend="django.contrib.auth.backends.ModelBackend")
    return client


def ranked(values: list[float], share: float) -> int | None:
    """Nearest rank, by the book."""
    return round(sorted(values)[math.ceil(share * len(values)) - 1]) if values else None


def test_the_overview_counts_what_the_engines_own_rows_say(scope: Scope) -> None:
    found = figures.overview(Period(scope))
    cycles = Cycle.objects.filter(opened_at__gte="2026-03-01T00:00Z", opened_at__lt="2026-04-01T00:00Z")
    assert found.counts["leads"] == cycles.count() == 4
    assert found.counts["taken"] == cycles.filter(state="taken").count()
    assert found.counts["waiting"] == cycles.filter(state__in=["offered", "held", "with_head"]).count()
    assert found.counts["turns_missed"] == Turn.objects.filter(verdict="missed").count()
    assert found.missed == Incident.objects.filter(annulled_at=None).count()
    assert found.counts["turns_annulled"] == Incident.objects.exclude(annulled_at=None).count() == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT cycle_id) FROM leaddrum_entry WHERE kind = 'offered' AND cycle_id IN"
            " (SELECT cycle_id FROM leaddrum_entry WHERE kind = 'offered' GROUP BY cycle_id HAVING count(*) > 1)"
        )
        assert found.counts["handed"] == cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM leaddrum_entry WHERE kind = 'offered'")
        offered = cursor.fetchone()[0]
    assert found.hand_overs == offered - cycles.filter(turn_number__gt=0).count()


def test_both_clocks_are_those_of_the_journal(scope: Scope) -> None:
    found = figures.overview(Period(scope))
    waits = []
    for entry in Entry.objects.filter(kind="taken"):
        cycle = Cycle.objects.get(pk=entry.cycle_id)
        waits.append((entry.at - Lead.objects.get(pk=cycle.lead_id).arrived_at).total_seconds())
    assert (found.client.median, found.client.ninth) == (ranked(waits, 0.5), ranked(waits, 0.9))
    takes = [(turn.verdict_at - turn.offered_at).total_seconds() for turn in Turn.objects.filter(verdict="taken")]
    assert all(take < 3600 for take in takes)  # within a morning: no lunch, so both clocks go alike
    assert (found.employee.median, found.employee.ninth) == (ranked(takes, 0.5), ranked(takes, 0.9))


def test_everybody_has_his_own_turns_and_no_other(scope: Scope) -> None:
    found = people(Period(scope))
    for one in found.rows:
        theirs = Turn.objects.filter(person=one.person)
        assert one.taken == theirs.filter(verdict="taken").count()
        assert one.returned == theirs.filter(verdict="returned").count()
        assert one.missed == Incident.objects.filter(person=one.person, annulled_at=None).count()
        takes = [(turn.verdict_at - turn.offered_at).total_seconds() for turn in theirs.filter(verdict="taken")]
        assert (one.clock.median, one.clock.ninth) == (ranked(takes, 0.5), ranked(takes, 0.9))
        assert one.within[-1] == sum(1 for take in takes if take <= 3600)
    assert found.together is not None
    assert found.together.taken == sum(one.taken for one in found.rows)


def test_hours_and_funnel_add_up_to_the_whole(scope: Scope) -> None:
    whole = figures.overview(Period(scope))
    cells = figures.when(Period(scope)).values()
    assert sum(cell.arrived for cell in cells) == Lead.objects.count()
    assert sum(cell.missed for cell in cells) == whole.missed
    steps = figures.funnel(Period(scope))
    assert sum(step.taken for step in steps) == whole.counts["turns_taken"]
    assert sum(step.missed for step in steps) == whole.counts["turns_missed"]
    assert {step.number: step.turns for step in steps} == {
        number: Turn.objects.filter(number=number).count() for number in {turn.number for turn in Turn.objects.all()}
    }
    days = figures.by_day(Period(scope))
    assert sum(day.leads for day in days) == whole.counts["leads"]
    assert sum(day.missed for day in days) == whole.missed
    assert len(days) == 31


def test_filters_narrow_and_the_parts_add_up(scope: Scope, lively: World) -> None:
    from dataclasses import replace

    whole = figures.overview(Period(scope)).counts["leads"]
    sources = [replace(scope, source=pk) for pk in Source.objects.values_list("pk", flat=True)]
    assert sum(figures.overview(Period(one)).counts["leads"] for one in sources) == whole
    assert figures.overview(Period(replace(scope, drum=Drum.objects.get().pk))).counts["leads"] == whole
    sales = Department.objects.get(key="sales").pk
    assert figures.overview(Period(replace(scope, department=sales))).counts["turns_taken"] == 3
    assert figures.overview(Period(replace(scope, annulled=True))).missed == figures.overview(Period(scope)).missed + 1
    before = figures.overview(Period(replace(scope, since=UNTIL + timedelta(1), until=UNTIL + timedelta(31)).before))
    assert before.counts["leads"] == whole


def test_every_number_on_the_overview_leads_to_as_many_rows(client: Client, lively: World) -> None:
    admin = signed_in(client, lively, "irina")
    page = admin.get("/analytics", MARCH).content.decode()
    links = re.findall(r'class="figure-value" href="([^"]+)">(\d+)<', page)
    assert len(links) == 10
    for link, number in links:
        csv = b"".join(admin.get(link.replace("&amp;", "&").replace("rows?", "rows.csv?")))
        assert csv.decode("utf-8-sig").count("\r\n") - 1 == int(number)


@pytest.mark.parametrize("page", ["", "/people", "/hours", "/funnel", "/junk"])
def test_every_number_leads_to_the_rows_it_counts(client: Client, lively: World, page: str) -> None:
    FactLead.objects.filter(is_taken=True).update(came_back=True)
    admin = signed_in(client, lively, "irina")
    text = admin.get(f"/analytics{page}", MARCH).content.decode()
    text = re.sub(r'<table class="heat wait">.*?</table>', "", text, flags=re.DOTALL)  # minutes, no counts
    links = set(re.findall(r'href="(/analytics/rows[^"]+)">(\d+)</a>', text))
    assert len(links) >= 3
    for link, number in links:
        rows = admin.get(link.replace("&amp;", "&")).content.decode()
        total = re.search(r'id="rows-title">[^<]*: (\d+)<', rows)
        assert total is not None
        assert total[1] == number, link
    plain = re.sub(r"<a [^>]*>.*?</a>|<details.*?</details>", "", text[text.index("<tbody") :] if page else "")
    assert not re.findall(r'<td class="number[^"]*">(?:<b>)?[1-9]\d*<', plain)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_page_is_there_in_both_languages(client: Client, lively: World, language: str) -> None:
    admin = signed_in(client, lively, "irina")
    admin.cookies["django_language"] = language
    for page in (*PAGES, "/data"):
        answer = admin.get(f"/analytics{page}", MARCH)
        assert answer.status_code == 200, page
        text = re.sub(r"<script.*?</script>|<style.*?</style>", "", answer.content.decode(), flags=re.DOTALL)
        if language == "ru":
            main = re.sub(r"<code.*?</code>|<[^>]+>", "", text[text.index("<main") :])
            assert not re.findall(r"\b(?:taken|missed|Leads|within|hold|Person|Turn)\b", main), page


def test_a_head_sees_his_people_and_an_employee_nothing(client: Client, lively: World) -> None:
    other = signed_in(client, lively, "viktor")
    assert other.get("/analytics").status_code == 200
    assert other.get("/analytics/data").status_code == 403
    assert other.get("/analytics/data/fact_turn.csv").status_code == 403
    signed_in(client, lively, "anna")
    for page in PAGES:
        assert client.get(f"/analytics{page}").status_code == 403


def test_what_an_address_cannot_ask_for_is_said_and_harms_nothing(client: Client, lively: World) -> None:
    admin = signed_in(client, lively, "irina")
    queries: tuple[dict[str, str], ...] = (
        {"since": "yesterday"},
        {"since": "2026-03-31", "until": "2026-03-01"},
        {"since": "0001-01-01", "until": "9999-12-31"},
        {"person": "nobody", "drum": "\x00", "source": "9" * 30},
        {"of": "everything", "turn": "-1", "before": "x"},
        {"turn": "2", "of": "turns_taken"},
    )
    for query in queries:
        for page in PAGES:
            assert admin.get(f"/analytics{page}", query).status_code == 200, (page, query)
    nobody = admin.get("/analytics/rows", {"person": "nobody", **MARCH}).content.decode()
    assert ": 0</h2>" in nobody


def test_files_can_be_had_by_the_administrator(client: Client, lively: World) -> None:
    admin = signed_in(client, lively, "irina")
    for form, begins in (("csv", b"\xef\xbb\xbfturn_key,"), ("xlsx", b"PK"), ("parquet", b"PAR1")):
        answer: Any = admin.get(f"/analytics/data/fact_turn.{form}")
        assert b"".join(answer.streaming_content).startswith(begins)
    assert admin.get("/analytics/data/person.csv").status_code == 404


def test_a_page_asks_the_same_few_questions_however_much_there_is(client: Client, lively: World) -> None:
    admin = signed_in(client, lively, "irina")
    counts: list[list[int]] = []
    for _ in range(2):
        counts.append([])
        for page in PAGES:
            with CaptureQueriesContext(connection) as queries:
                admin.get(f"/analytics{page}", MARCH)
            counts[-1].append(len(queries))
        for lead in lively.leads(3, source="chat"):
            lively.take(lead, by=lead.holder or "")
        keep_books(lively)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 36
