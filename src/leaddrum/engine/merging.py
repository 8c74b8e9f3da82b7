"""Two leads of one client become one (S-30): the cycle goes on under the surviving id."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from leaddrum.core import asked
from leaddrum.core.policy import Meaning
from leaddrum.engine import board
from leaddrum.engine.belonging import company_of_lead
from leaddrum.engine.cards import open_cards
from leaddrum.engine.desk import Desk, desk
from leaddrum.engine.errors import Refused
from leaddrum.models import Cycle, Lead, Request

BLANKS = ("name", "phone", "phone_key", "email", "email_key", "source", "text")


def merge(lead_id: int, *, into: int, by: int, now: datetime) -> None:
    """`lead_id` leaves the board, and what it was goes on as `into`: requests, observers, what is known of the client,
    and the client's clock from the earlier of the two arrivals (S-31).

    1. Both wait: the survivor's cycle goes on, with the priority of a client who asked again; the other's turn is void.
    2. Only the one that leaves waits, and nobody works on the survivor: its cycle goes on under the surviving id, with
       its turn, its deadline and its misses.
    3. Somebody works on the survivor already: the other's turn is void, for the client is in work.

    Raises:
        Refused: unknown or deleted lead, the two are one, or leads live in a CRM apart.
    """
    company = company_of_lead(lead_id)
    with desk(company, now) as table:
        if table.org.apart:
            raise Refused("in_crm")
        leaves, stays = _one(lead_id, company), _one(into, company)
        if leaves.pk == stays.pk:
            raise Refused("same_lead")
        _cycles(table, leaves, stays, by)
        table.flush()
        _fold(table, leaves, stays, by)
        table.changes.bumped += 1


def _one(lead_id: int, company: int) -> Lead:
    lead = Lead.objects.filter(pk=lead_id, company=company).first()
    if lead is None:
        raise Refused("no_lead")
    if lead.deleted_at is not None:
        raise Refused("deleted")
    return lead


def _cycles(table: Desk, leaves: Lead, stays: Lead, by: int) -> None:
    going, kept = open_cards(leaves.pk), open_cards(stays.pk)
    said = {"lead": leaves.pk, "title": leaves.title, "by": by}
    in_work = table.org.stages[stays.stage_id].meaning is Meaning.TAKE
    if going and not kept and not in_work:
        card = going[0]
        number = Cycle.objects.filter(lead=stays).aggregate(newest=Max("number"))["newest"] or 0
        Cycle.objects.filter(pk=card.cycle.id).update(lead=stays, number=number + 1)
        stays.stage_id, stays.owner_id = leaves.stage_id, leaves.owner_id
        stays.moved_at, stays.moved_by_id = leaves.moved_at, leaves.moved_by_id
        table.note(card.cycle.id, "merged", said)
        return
    for card in going:
        table.look(card, asked.Leave("merged"))
    for card in kept:
        table.look(card, asked.Again("merge"))
        stays.priority += 1
    table.flush()
    newest = Cycle.objects.filter(lead=stays).order_by("-number").values_list("pk", flat=True).first()
    if newest is not None:
        table.note(newest, "merged", said)


def _fold(table: Desk, leaves: Lead, stays: Lead, by: int) -> None:
    for name in BLANKS:
        if not getattr(stays, name):
            setattr(stays, name, getattr(leaves, name))
    stays.fields = {**leaves.fields, **stays.fields}
    stays.arrived_at = min(stays.arrived_at, leaves.arrived_at)
    stays.observers.add(*leaves.observers.all())
    stays.save()
    Request.objects.filter(lead=leaves).update(lead=stays)
    board.loaded(table, leaves, None)
    Lead.objects.filter(pk=leaves.pk).update(deleted_at=table.now, moved_by_id=by, merged_into=stays)
