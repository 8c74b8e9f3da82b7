"""A CRM apart that does not answer for a while (S-41)."""

from __future__ import annotations

from datetime import datetime

from leaddrum.core import asked
from leaddrum.engine.cards import Card, open_turns
from leaddrum.engine.desk import Desk, desk
from leaddrum.models import Company


def unreachable(company_id: int, error: str, *, now: datetime) -> None:
    """The CRM does not answer: verdicts wait, and the pages say so (S-41)."""
    with desk(company_id, now) as table:
        Company.objects.filter(pk=company_id, crm_down_at=None).update(crm_down_at=now)
        Company.objects.filter(pk=company_id).update(crm_error=error[:500])
        table.changes.bumped += 1


def answers_again(table: Desk) -> None:
    """It does: turns that it took too much of are longer by that."""
    since = Company.objects.values_list("crm_down_at", flat=True).get(pk=table.company)
    if since is None:
        return
    Company.objects.filter(pk=table.company).update(crm_down_at=None, crm_error="")
    table.changes.bumped += 1
    # What the engine has stumbled over is tried again by its own alarm: here it would stop all readings.
    for card in open_turns("c.company_id = %s AND c.error = ''", table.company):
        table.look(card, asked.CrmBack(_lost(table, card, since)))
    table.flush()


def _lost(table: Desk, card: Card, since: datetime) -> float:
    """Working seconds of the open turn during which nobody could be seen taking it."""
    turn = card.cycle.turn
    if turn is None:
        return 0.0
    start = max(turn.offered_at, since)
    if start >= min(turn.due_at, table.now):
        return 0.0
    hours = table.org.service(card.drum) if turn.person is None else table.org.hours(turn.person, card.drum)
    return float(hours.between(start, table.now))
