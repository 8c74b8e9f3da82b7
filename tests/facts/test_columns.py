"""What the engine wrote as JSON is read the same by either reader; the tables do not know which it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models

from leaddrum.models import Cycle, Entry, Incident, Turn
from leaddrum.models.columns import OwnJSONField
from tests.world import World

FIELD = OwnJSONField()


@pytest.mark.parametrize("text", ['[[3,"chosen","0.5"],[4,"cap",null]]', '{"a": {"b": [1, true, "ё"]}}', '"\\ud800"'])
def test_it_reads_what_json_reads(text: str) -> None:
    plain: Any = models.JSONField()
    read = FIELD.from_db_value(text, models.F("x"), connection)  # type: ignore[arg-type]  # any expression will do
    assert read == plain.from_db_value(text, models.F("x"), connection)


def test_a_migration_sees_an_ordinary_field() -> None:
    assert FIELD.deconstruct()[1] == "django.db.models.JSONField"


def test_what_the_engine_wrote_is_read_by_it_and_still_asked_for_by_its_keys(world: World) -> None:
    lead = world.lead()
    world.forward(minutes=31)
    for model in (Cycle, Turn, Incident):
        assert isinstance(model._meta.get_field("candidates"), OwnJSONField)
    assert Turn.objects.get().candidates[0][:2] == [world.pk("anna"), "chosen"]
    offered = Entry.objects.filter(cycle__lead=lead.id, kind="offered", data__person=world.pk("boris"))
    assert offered.values_list("data__person", flat=True).get() == world.pk("boris")


def test_nothing_stays_nothing() -> None:
    assert FIELD.from_db_value(None, models.F("x"), connection) is None  # type: ignore[arg-type]  # as above
