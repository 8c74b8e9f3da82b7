"""The connector of Bitrix24's BI Builder: four endpoints, forms in, HTTP 200 out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from leaddrum.models import FactIncident
from tests.world import World

pytestmark = pytest.mark.rule("S-50")


@pytest.fixture
def ask(lively: World, client: Client, feed_token: str) -> Any:
    def post(endpoint: str, **form: Any) -> Any:
        return client.post(f"/bi/v1/{endpoint}", {"connection[token]": feed_token, **form})

    return post


def test_a_connection_is_checked(ask: Any, client: Client) -> None:
    assert ask("check").content
    assert client.post("/bi/v1/check", {"connection[token]": "no"}).status_code == 401
    assert client.get("/bi/v1/check").status_code == 405


def test_tables_and_columns_are_named_as_datasets_want_them(ask: Any) -> None:
    assert {"code": "fact_incident", "title": "LeadDrum: fact_incident"} in ask("tables").json()
    assert len(ask("tables", searchString="dim_p").json()) == 1
    columns = ask("description", table="fact_incident").json()
    assert {"code": "MISSED_AT", "name": "MISSED_AT", "type": "datetime"} in columns
    assert all(column["name"] == column["name"].upper() and len(column["name"]) <= 32 for column in columns)


def test_rows_come_under_a_header_with_the_names_asked_for(ask: Any) -> None:
    form = {"table": "fact_incident", "select[]": ["INCIDENT_ID", "IS_ANNULLED"], "mapFields[INCIDENT_ID]": "ID"}
    answer = b"".join(ask("data", **form).streaming_content)
    import json

    rows = json.loads(answer)
    assert rows[0] == ["ID", "IS_ANNULLED"]
    expected = FactIncident.objects.order_by("pk").values_list("pk", "is_annulled")
    assert rows[1:] == [[pk, int(annulled)] for pk, annulled in expected]
    narrowed = b"".join(ask("data", **form, limit="1", **{"filter[INCIDENT_ID]": str(rows[2][0])}).streaming_content)
    assert json.loads(narrowed)[1:] == [rows[2]]
    assert ask("data", table="leaddrum_person").status_code == 400
