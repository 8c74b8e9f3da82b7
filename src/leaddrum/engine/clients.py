"""Known clients: the same phone or e-mail, normalised (S-25)."""

from __future__ import annotations

from leaddrum.core.cycle import OPEN
from leaddrum.models import Cycle, Lead, Stage

LOOK_BACK = 50  # leads of one client that are looked at, newest first


def open_cycle(company: int, phone_key: str, email_key: str) -> int | None:
    """The lead of this client that waits to be taken, if there is one."""
    numbers = _same_client(company, phone_key, email_key)
    if not numbers:
        return None
    found = Cycle.objects.filter(lead_id__in=numbers, state__in=OPEN).order_by("pk").values_list("lead_id", flat=True)
    return found.first()


def known_owner(company: int, lead_id: int) -> int | None:
    """Who works with this client already: the owner of his newest other lead that is in work."""
    lead = Lead.objects.filter(pk=lead_id).values_list("phone_key", "email_key").first()
    numbers = [number for number in _same_client(company, *lead) if number != lead_id] if lead else []
    if not numbers:
        return None
    in_work = Lead.objects.filter(pk__in=numbers, stage__meaning=Stage.Meaning.TAKE, owner__active=True)
    return in_work.order_by("-pk").values_list("owner_id", flat=True).first()


def _same_client(company: int, phone_key: str, email_key: str) -> list[int]:
    """His leads, newest first. A search for each key, so that each has its index; one search for either had none."""
    numbers: set[int] = set()
    for column, key in (("phone_key", phone_key), ("email_key", email_key)):
        if key:
            leads = Lead.objects.filter(company_id=company, deleted_at=None, **{column: key})
            # The index leaves empty keys out, and SQLite uses it only for a query that says so in its own text.
            leads = leads.extra(where=[f"NOT (leaddrum_lead.{column} = '')"])  # noqa: S610 - our own column's name
            numbers.update(leads.order_by("-pk").values_list("pk", flat=True)[:LOOK_BACK])
    return sorted(numbers, reverse=True)[:LOOK_BACK]
