"""While a portal is only watched nothing is written there, so a lead's owner in the portal is not whom the drum offered
it to. The engine is shown the owner it believes in, as long as nobody in the portal changes the real one; a change by
hand is shown as it is, and the drum follows it (S-28).

What was seen last is remembered when it is read: a process that dies just then has missed the change, and nobody was
told anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from leaddrum import engine
from leaddrum.engine import anew
from leaddrum.engine.mirror import Seen
from leaddrum.models import Lead, Shadow

BATCH = 200  # leads that begin anew in one transaction


def over(company_id: int, found: Sequence[Seen]) -> list[Seen]:
    """These readings as the engine is to see them."""
    keys = [seen.key for seen in found if seen.exists]
    leads = Lead.objects.filter(company=company_id, crm_key__in=keys)
    believed = dict(leads.values_list("crm_key", "owner_id"))
    real = dict(Shadow.objects.filter(company=company_id, key__in=keys).values_list("key", "owner_id"))
    shown, changed = [], []
    for seen in found:
        if not seen.exists:
            shown.append(seen)
            continue
        if seen.key not in real or real[seen.key] != seen.owner:
            changed.append(Shadow(company_id=company_id, key=seen.key, owner_id=seen.owner))
        by_hand = seen.key in real and real[seen.key] != seen.owner
        ours = seen.key in believed and not by_hand
        shown.append(replace(seen, owner=believed[seen.key] if ours else seen.owner, by_us=False))
    Shadow.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["company", "key"], update_fields=["owner"], batch_size=500
    )
    return shown


def leave(company_id: int, now: datetime) -> None:
    """It is turned in earnest: what waits begins anew, with the owners that it has in the portal."""
    shadows = Shadow.objects.filter(company=company_id)
    while owners := dict(shadows.order_by("key").values_list("key", "owner_id")[:BATCH]):
        with engine.in_company(company_id):
            if shadows.filter(key__in=list(owners)).delete()[0]:
                anew.begin(company_id, owners, now=now)
