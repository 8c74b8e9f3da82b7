"""A CRM apart that was only watched is turned in earnest from now on: whoever waits there begins anew.

Until then turns and deadlines were thoughts: nobody was told, and no owner was changed. They end without guilt, and the
next ones begin with who is responsible there in truth (S-2), with a whole budget and a notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from leaddrum.core import asked
from leaddrum.engine.arriving import fields_of, open_cycle, routed
from leaddrum.engine.cards import cards
from leaddrum.engine.desk import desk
from leaddrum.engine.writes import OPEN
from leaddrum.models import CrmWrite, Effect, Lead


def begin(company_id: int, owners: Mapping[str, int | None], *, now: datetime) -> None:
    """End the open cycles of these leads and open the next ones.

    Args:
        owners: who is responsible in the CRM, by the lead's key.
    """
    with desk(company_id, now) as table:
        leads = {lead.pk: lead for lead in Lead.objects.filter(company=company_id, crm_key__in=list(owners))}
        if not leads:
            return
        marks = ", ".join(["%s"] * len(leads))
        found = cards(f"c.lead_id IN ({marks}) AND c.ended_at IS NULL ORDER BY c.id", list(leads))
        for card in found:
            table.look(card, asked.Leave("watched"))
        table.flush()
        over = [card.cycle.id for card in found]
        untold = Effect.objects.filter(cycle__in=over, state=Effect.State.PENDING)
        untold.update(state=Effect.State.DONE, done_at=now, late_at=None, error="stale")
        CrmWrite.objects.filter(cycle__in=over, state__in=OPEN).update(state=CrmWrite.State.STALE, done_at=now)
        for card in found:
            lead = leads[card.cycle.lead]
            lead.owner_id = owners[lead.crm_key or ""]
            lead.save(update_fields=["owner"])
            drum, matched = routed(table.org, fields_of(lead), table.org.stages[lead.stage_id].key)
            if drum is not None:
                open_cycle(table, lead, drum, asked.Arrival("crm", None, matched), card.cycle.number + 1)
