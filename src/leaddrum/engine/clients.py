"""Known clients: the same phone or e-mail, normalised (S-25)."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from leaddrum.core.cycle import OPEN
from leaddrum.models import Cycle, Lead, Stage

LOOK_BACK = 50  # leads of one client that are looked at, newest first


def open_cycle(company: int, phone_key: str, email_key: str) -> int | None:
    """The lead of this client that waits to be taken, if there is one."""
    leads = _same_client(company, phone_key, email_key)
    if leads is None:
        return None
    numbers = list(leads.values_list("pk", flat=True)[:LOOK_BACK])
    if not numbers:
        return None
    found = Cycle.objects.filter(lead_id__in=numbers, state__in=OPEN).order_by("pk").values_list("lead_id", flat=True)
    return found.first()


def known_owner(company: int, lead_id: int) -> int | None:
    """Who works with this client already: the owner of his newest other lead that is in work."""
    lead = Lead.objects.filter(pk=lead_id).values_list("phone_key", "email_key").first()
    leads = _same_client(company, *lead) if lead else None
    if leads is None:
        return None
    in_work = leads.filter(stage__meaning=Stage.Meaning.TAKE, owner__active=True).exclude(pk=lead_id)
    return in_work.values_list("owner_id", flat=True).first()


def _same_client(company: int, phone_key: str, email_key: str) -> QuerySet[Lead] | None:
    same = Q()
    if phone_key:
        same |= Q(phone_key=phone_key)
    if email_key:
        same |= Q(email_key=email_key)
    if not same:
        return None
    return Lead.objects.filter(same, company_id=company, deleted_at=None).order_by("-pk")
