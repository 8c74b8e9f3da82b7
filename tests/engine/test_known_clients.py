"""Looking for a client's other leads costs the same however many leads there are (S-25)."""

from __future__ import annotations

import pytest
from django.db import connection

from leaddrum.engine import clients
from leaddrum.models import Lead, Stage
from tests.world import World


@pytest.mark.parametrize("keys", [("+79001112233", ""), ("", "anna@example.com"), ("+79001112233", "anna@example.com")])
def test_a_search_for_a_client_goes_by_its_index(world: World, keys: tuple[str, str]) -> None:
    stage = Stage.objects.filter(company=world.company_id).earliest("position")
    Lead.objects.bulk_create(
        Lead(
            company=world.company,
            title="Окна",
            stage=stage,
            phone_key=f"+7{number:010}",
            email_key=f"client{number}@example.com",
            arrived_at=world.now,
            moved_at=world.now,
        )
        for number in range(2000)
    )
    assert clients.open_cycle(world.company_id, *keys) is None
    plan = _plan(clients._SAME_CLIENT, [world.company_id, keys[0], world.company_id, keys[1]])
    for key, index in zip(keys, ("lead_phone", "lead_email"), strict=True):
        assert not key or index in plan, plan


def _plan(sql: str, values: list[int | str]) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE leaddrum_lead")
            cursor.execute(f"EXPLAIN {sql}", values)
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        return "\n".join(str(row) for row in cursor.fetchall())
