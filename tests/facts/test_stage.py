"""What became of the leads: the stage each stands in now, in the facts and in whatever is read from them (S-50)."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum.facts import export, sheets, verify
from leaddrum.facts import query as star
from leaddrum.models import DaySheet, FactLead, Keeping, Lead, Stage
from tests.facts.conftest import keep_books
from tests.facts.test_odata import Reader
from tests.world import Card, World

pytestmark = pytest.mark.rule("S-50")


def stands(world: World, since: int = 0) -> list[tuple[Any, ...]]:
    """What an incremental refresh would read: lead, passage, the stage and its meaning."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.lead_id, f.passage, s.stage_key, s.stage_meaning FROM fact_lead f"
            " JOIN dim_stage s ON s.company = f.company AND s.stage_id = f.stage_id"
            " WHERE f.change_stamp > %s ORDER BY f.lead_id, f.passage",
            [since],
        )
        return list(cursor.fetchall())


def of_the_engine() -> list[tuple[Any, ...]]:
    """The same from the engine's own rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.lead_id, c.number, s.key, s.meaning FROM leaddrum_cycle c JOIN leaddrum_lead l"
            " ON l.id = c.lead_id JOIN leaddrum_stage s ON s.id = l.stage_id ORDER BY c.lead_id, c.number"
        )
        return list(cursor.fetchall())


def stamp() -> int:
    return Keeping.objects.get().stamp


def taken(world: World) -> Card:
    card = world.lead()
    world.take(card, by=card.holder or "")
    keep_books(world)
    return card


def test_every_lead_stands_where_the_engine_has_it(lively: World) -> None:
    assert stands(lively) == of_the_engine()
    assert {row[2] for row in stands(lively)} >= {"new", "in_work"}


def test_a_lead_that_moves_after_its_take_comes_again_and_no_other_does(world: World) -> None:
    card, _other = taken(world), taken(world)
    before = stamp()
    world.forward(minutes=7)
    world.move(card, "junk", by="anna")
    keep_books(world)
    assert stands(world, before) == [(card.id, 1, "junk", "close")]
    assert FactLead.objects.get(lead_id=card.id).moved_at == world.now.replace(microsecond=0)
    assert FactLead.objects.get(lead_id=card.id).is_taken
    assert stands(world) == of_the_engine()


@pytest.mark.parametrize("by", ["anna", None])
@pytest.mark.parametrize("to", ["later", "qualified", "junk", "in_work"])
def test_no_move_is_missed_whoever_makes_it_while_it_waits(world: World, to: str, by: str | None) -> None:
    card = world.lead()
    keep_books(world)
    before = stamp()
    world.move(card, to, by=by)
    keep_books(world)
    assert [row[:3] for row in stands(world, before)] == [(card.id, 1, to)]
    assert stands(world) == of_the_engine()


def test_every_passage_says_where_the_lead_is_now(world: World) -> None:
    card = taken(world)
    before = stamp()
    world.move(card, "new", by="anna")
    keep_books(world)
    assert [row[1:3] for row in stands(world, before)] == [(1, "new"), (2, "new")]
    before = stamp()
    world.take(card, by=card.holder or "")
    keep_books(world)
    assert [row[1:3] for row in stands(world, before)] == [(1, "in_work"), (2, "in_work")]
    before = stamp()
    world.move(card, "qualified", by="boris")
    keep_books(world)
    assert [row[1:3] for row in stands(world, before)] == [(1, "qualified"), (2, "qualified")]


def test_a_move_of_long_ago_is_no_day_to_be_packed_again(world: World) -> None:
    card = taken(world)
    while sheets.step(world.now + timedelta(minutes=2)):
        pass
    assert not DaySheet.objects.exclude(due_at=None).exists()
    world.move(card, "junk", by="anna")
    keep_books(world)
    assert not DaySheet.objects.exclude(due_at=None).exists()
    world.delete(card)  # and what counts otherwise than before is
    keep_books(world)
    assert DaySheet.objects.exclude(due_at=None).exists()


def test_a_move_costs_the_same_however_many_leads_there_are(world: World) -> None:
    def asked() -> int:
        card = taken(world)
        world.move(card, "qualified", by="anna")
        with CaptureQueriesContext(connection) as queries:
            keep_books(world)
        return len(queries)

    few = asked()
    for _ in range(20):
        taken(world)
    assert asked() == few


def test_the_story_tells_the_move_and_the_chain_holds(world: World) -> None:
    card = taken(world)
    world.move(card, "qualified", by="anna")
    world.move(card, "qualified", by="anna")  # it stands there already
    world.move(card, "junk", by=None)
    assert card.journal[-3:] == ["taken", "moved", "moved"]
    assert [(entry.data["stage"], entry.data["by"]) for entry in card.entries("moved")] == [
        ("qualified", world.pk("anna")),
        ("junk", None),
    ]
    keep_books(world)
    assert verify.verify(world.company_id).broken is None


def test_a_stage_with_another_name_and_meaning_is_one_row(world: World) -> None:
    card = taken(world)
    world.move(card, "later", by="anna")
    keep_books(world)
    before = stamp()
    world.file["stages"]["later"] |= {"title": "Отказ", "meaning": "close"}
    world.apply()
    keep_books(world)
    assert stands(world, before) == []
    since = star.whole("dim_stage", world.company_id, before)
    assert [row[1:4] for row in star.rows(since)] == [("later", "Отказ", "close")]
    assert stands(world) == [(card.id, 1, "later", "close")]


def test_feed_connector_and_files_have_it(lively: World, client: Client, feed_token: str, tmp_path: Path) -> None:
    card = taken(lively)
    before = stamp()
    lively.move(card, "junk", by="anna")
    keep_books(lively)

    reader = Reader(client, feed_token)
    closed = reader.rows("fact_lead", filter="is_taken and stage/stage_meaning eq 'close'", expand="stage")
    assert [(row["lead_id"], row["stage"]["stage_name"]) for row in closed] == [(card.id, "Спам")]
    assert closed[0]["moved_at"] == f"{lively.now:%Y-%m-%dT%H:%M:%SZ}"

    form = {"table": "fact_lead", "select[]": ["LEAD_ID", "STAGE_ID"], "filter[LEAD_ID]": str(card.id)}
    answer = client.post("/bi/v1/data", {"connection[token]": feed_token, **form})
    junk = Stage.objects.get(key="junk").pk
    assert answer.getvalue().decode() == f'[["LEAD_ID","STAGE_ID"],[{card.id},{junk}]]'

    export.write(star.whole("fact_lead", lively.company_id, before), "csv", tmp_path / "leads.csv")
    assert pd.read_csv(tmp_path / "leads.csv")[["lead_id", "stage_id"]].values.tolist() == [[card.id, junk]]


def test_rows_of_an_older_release_are_filled_in_under_the_stamps_they_had(lively: World) -> None:
    lively.move(taken(lively), "later", by="anna")
    keep_books(lively)
    names = ("pk", "stage_id", "moved_at", "changed_at", "change_stamp")
    right = list(FactLead.objects.order_by("pk").values_list(*names))
    Lead.objects.update(moved_at=F("moved_at") + timedelta(microseconds=5))  # facts are to the second
    FactLead.objects.update(stage_id=None, moved_at=None)
    import_module("leaddrum.migrations.0032_fact_stage").fill(apps, connection.schema_editor())
    assert list(FactLead.objects.order_by("pk").values_list(*names)) == right
    assert Keeping.objects.get().described == -1  # so the stages get stamps with the next step
    keep_books(lively)
    assert list(FactLead.objects.order_by("pk").values_list(*names)) == right
