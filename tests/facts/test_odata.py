"""The OData feed as its standard has it, and closed to whoever tries what it is not for (S-50)."""

from __future__ import annotations

import base64
import itertools
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum import access
from leaddrum.facts.columns import ENTITIES
from leaddrum.models import Company, FactTurn, Person
from tests.facts.conftest import keep_books
from tests.world import World

pytestmark = pytest.mark.rule("S-50")
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


class Reader:
    """Reads the feed with a token."""

    def __init__(self, client: Client, token: str) -> None:
        basic = base64.b64encode(f"anybody:{token}".encode()).decode()
        self.client, self.headers = client, {"authorization": f"Basic {basic}"}

    def get(self, path: str, headers: dict[str, str] | None = None, **options: str) -> Any:
        query = urlencode({f"${name}": value for name, value in options.items()})
        url = path if path.startswith("http") else f"/odata/v1/{path}" + (f"?{query}" if query else "")
        return self.client.get(url, headers={**self.headers, **(headers or {})})

    def rows(self, path: str, **options: str) -> list[dict[str, Any]]:
        answer = self.get(path, None, **options)
        assert answer.status_code == 200, answer.content
        found: list[dict[str, Any]] = answer.json()["value"]
        return found

    def refused(self, path: str, **options: str) -> str:
        answer = self.get(path, None, **options)
        assert answer.status_code == 400, answer.content
        assert answer["OData-Version"] == "4.0"
        message: str = answer.json()["error"]["message"]
        return message


@pytest.fixture
def reader(lively: World, client: Client, feed_token: str) -> Reader:
    return Reader(client, feed_token)


def test_the_service_names_every_table_and_the_metadata_every_column(reader: Reader) -> None:
    sets = reader.get("").json()["value"]
    assert [one["name"] for one in sets] == list(ENTITIES)
    schema = ET.fromstring(reader.get("$metadata").content)  # noqa: S314 - our own
    for entity in ENTITIES.values():
        found = schema.find(f".//{EDM}EntityType[@Name='{entity.name}']")
        assert found is not None
        assert [one.get("Name") for one in found.findall(f"{EDM}Property")] == [c.name for c in entity.columns]


def test_every_table_comes_whole_and_in_its_types(reader: Reader) -> None:
    kinds = {"id": int, "int": int, "text": str, "bool": bool, "instant": str, "date": str}
    for name, entity in ENTITIES.items():
        rows = reader.rows(name)
        assert rows
        assert int(reader.get(f"{name}/$count").content) == len(rows)
        for row, column in itertools.product(rows, entity.columns):
            value = row[column.name]
            assert (value is None and column.null) or type(value) is kinds[column.kind], column.name


def test_pages_follow_each_other_without_a_gap(reader: Reader) -> None:
    whole = reader.rows("fact_turn")
    found, answer = [], reader.get("fact_turn", headers={"prefer": "odata.maxpagesize=2"}).json()
    while True:
        assert len(answer["value"]) <= 2
        found += answer["value"]
        if "@odata.nextLink" not in answer:
            break
        answer = reader.get(answer["@odata.nextLink"], headers={"prefer": "odata.maxpagesize=2"}).json()
    assert found == whole


def test_pages_in_an_order_of_ones_own(reader: Reader) -> None:
    order = "person_id,turn_number desc"
    whole = reader.rows("fact_turn", orderby=order)
    first = reader.get("fact_turn", headers={"prefer": "maxpagesize=3"}, orderby=order, top="5").json()
    second = reader.get(first["@odata.nextLink"], headers={"prefer": "maxpagesize=3"}).json()
    assert [len(first["value"]), len(second["value"])] == [3, 2]
    assert "@odata.nextLink" not in second
    assert first["value"] + second["value"] == whole[:5]


FILTERS = {
    "verdict eq 'missed'": "verdict = 'missed'",
    "is_missed": "is_missed",
    "is_missed eq true and not is_annulled": "is_missed AND NOT is_annulled",
    "turn_number gt 1 or verdict eq 'taken'": "turn_number > 1 OR verdict = 'taken'",
    "take_seconds ne null": "take_seconds IS NOT NULL",
    "take_seconds eq null": "take_seconds IS NULL",
    "person/person_name eq 'Анна Ким'": "person_id = (SELECT id FROM leaddrum_person WHERE name = 'Анна Ким')",
    "source/source_name in ('site', 'nowhere')": "source_id = (SELECT id FROM leaddrum_source WHERE name = 'site')",
    "contains(verdict, 'iss') or startswith(verdict, 'ret')": "verdict IN ('missed', 'returned')",
    "endswith(tolower(verdict), 'en') and length(verdict) eq 5": "verdict = 'taken'",
    "offered_at ge 2026-03-03T00:00:00Z": "offered_on > '2026-03-02'",
    "offered_at lt 2026-03-03T03:00:00%2B03:00".replace("%2B", "+"): "offered_on = '2026-03-02'",
    "offered_on eq 2026-03-03": "offered_on = '2026-03-03'",
    "year(offered_at) eq 2026 and month(offered_at) eq 3 and day(offered_on) eq 3": "offered_on = '2026-03-03'",
    "budget_seconds div 60 eq 30 and turn_number sub 1 eq 0": "budget_seconds = 1800 AND turn_number = 1",
    "turn_number mod 2 eq 0": "turn_number % 2 = 0",
    "budget_seconds div 0 eq 1": "1 = 0",
    "change_stamp gt 0 and verdict eq 'taken'": "verdict = 'taken'",
    "verdict eq 'it''s'": "1 = 0",
}


def test_filters_find_what_sql_finds(reader: Reader) -> None:
    for text, sql in FILTERS.items():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT turn_key FROM leaddrum_factturn WHERE {sql} ORDER BY turn_key")
            expected = [row[0] for row in cursor.fetchall()]
        assert sorted(row["turn_key"] for row in reader.rows("fact_turn", filter=text)) == expected, text
        assert int(reader.get("fact_turn/$count", filter=text).content) == len(expected)


NO_FILTERS = (
    "nothing eq 1",
    "company_id eq 1",
    "person/email eq 'a'",
    "verdict eq 1",
    "offered_at gt 'yesterday'",
    "verdict eq 'missed' --",
    "1 eq 1; DROP TABLE leaddrum_turn",
    "verdict eq 'a' union select 1",
    "turn_number add 'x' eq 1",
    "concat(verdict, 'x') eq 'y'",
    "verdict",
    "turn_key eq 99999999999999999999999999",
    "not " * 200 + "is_missed",
    "(" * 80 + "is_missed" + ")" * 80 + " eq " * 3,
    "offered_on eq 2026-02-31",
    "null gt 1",
    "verdict eq '\x00'",
    "x" * 5000,
)


def test_what_is_no_filter_is_refused_in_odatas_form(reader: Reader) -> None:
    for text in NO_FILTERS:
        assert reader.refused("fact_turn", filter=text), text


OPTIONS: tuple[dict[str, str], ...] = (
    {"select": "verdict,secret"},
    {"orderby": "verdict; DROP TABLE x"},
    {"orderby": "(SELECT 1)"},
    {"top": "-1"},
    {"top": "many"},
    {"skip": "1e9"},
    {"count": "maybe"},
    {"expand": "company"},
    {"expand": "person($filter=1 eq 1)"},
    {"skiptoken": "zz"},
    {"skiptoken": b"[[1]]".hex()},
    {"search": "x"},
    {"apply": "aggregate(x)"},
)


def test_other_options_are_read_as_strictly(reader: Reader) -> None:
    for options in OPTIONS:
        assert reader.refused("fact_turn", **options), options


def test_select_top_skip_and_count(reader: Reader) -> None:
    whole = reader.rows("fact_turn")
    answer = reader.get("fact_turn", select="verdict,turn_key", top="2", skip="1", count="true").json()
    assert answer["@odata.count"] == len(whole)
    assert answer["value"] == [{"verdict": row["verdict"], "turn_key": row["turn_key"]} for row in whole[1:3]]
    assert "@odata.nextLink" not in answer


def test_linked_rows_come_along(reader: Reader) -> None:
    expand = "person($select=person_name),source,lead($select=state,wait_seconds),offered_date"
    for row in reader.rows("fact_turn", expand=expand):
        person = Person.objects.get(pk=row["person_id"])
        assert row["person"] == {"person_name": person.name}
        assert row["source"]["source_id"] == row["source_id"]
        assert row["lead"].keys() == {"state", "wait_seconds"}
        assert row["offered_date"]["date"] == row["offered_on"]


def test_one_row_by_its_key(reader: Reader) -> None:
    first = reader.rows("fact_turn")[0]
    answer = reader.get(f"fact_turn({first['turn_key']})", expand="person").json()
    assert {name: answer[name] for name in first} == first
    assert answer["person"]["person_id"] == first["person_id"]
    assert reader.get("fact_turn(999999)").status_code == 404
    assert reader.get("fact_turn('a')").status_code == 400
    assert reader.get("fact_nothing").status_code == 404
    assert reader.get("../v2/x").status_code == 404


def test_a_refresh_reads_what_changed_and_asks_by_its_index(reader: Reader, lively: World) -> None:
    seen = max(row["change_stamp"] for row in reader.rows("fact_turn"))
    assert reader.rows("fact_turn", filter=f"change_stamp gt {seen}") == []
    card = lively.lead()
    lively.take(card, by=card.holder or "")
    keep_books(lively)
    with CaptureQueriesContext(connection) as queries:
        (new,) = reader.rows("fact_turn", filter=f"change_stamp gt {seen}")
    assert new["lead_id"] == card.id
    sql = next(query["sql"] for query in queries if "FROM leaddrum_factturn" in query["sql"])
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            plan = str(cursor.fetchall())
            assert "factturn_stamp" in plan
            assert "TEMP B-TREE" not in plan


def test_an_answer_that_has_not_changed_is_not_made_again(reader: Reader, lively: World) -> None:
    tag = reader.get("fact_turn")["ETag"]
    assert reader.get("fact_turn", headers={"if-none-match": tag}).status_code == 304
    assert reader.get("fact_turn", headers={"if-none-match": tag}, top="1").status_code == 200
    lively.take(card := lively.lead(), by=card.holder or "")
    keep_books(lively)
    assert reader.get("fact_turn", headers={"if-none-match": tag}).status_code == 200


def test_without_a_good_token_nothing_is_read(reader: Reader, client: Client, lively: World) -> None:
    answer = client.get("/odata/v1/fact_turn")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic ")
    intake = access.make_token(lively.company, "form", "intake", now=lively.now)
    assert Reader(client, intake).get("fact_turn").status_code == 403
    other = Company.objects.create(key="other", name="Чужая", zone="Europe/Moscow")
    theirs = Reader(client, access.make_token(other, "x", "feed", now=lively.now))
    assert theirs.rows("fact_turn") == theirs.rows("dim_person") == []
    mine = FactTurn.objects.earliest("pk").pk
    assert theirs.get(f"fact_turn({mine})").status_code == 404
    assert access.revoke_token(lively.company, "power-bi", now=lively.now)
    assert reader.get("fact_turn").status_code == 401


def test_a_bearer_is_as_good_and_a_feed_token_opens_nothing_else(
    client: Client, lively: World, feed_token: str
) -> None:
    headers = {"authorization": f"Bearer {feed_token}"}
    assert client.get("/odata/v1/fact_turn", headers=headers).status_code == 200
    assert client.get("/api/v1/incidents", headers=headers).status_code == 403
    assert client.post("/odata/v1/fact_turn", headers=headers).status_code == 405


def test_a_page_asks_the_same_few_questions_however_many_rows(reader: Reader) -> None:
    reader.rows("fact_turn")  # the token's use is noted once a minute
    counts = []
    for top in ("1", "5"):
        with CaptureQueriesContext(connection) as queries:
            reader.rows("fact_turn", top=top, expand="person,source,drum")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 7
