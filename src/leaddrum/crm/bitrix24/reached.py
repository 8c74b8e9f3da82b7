"""The portal as a way to reach people: everybody who is in it has it, and nobody has to link anything."""

from __future__ import annotations

from datetime import datetime

from leaddrum.crm.bitrix24.keys import user_of
from leaddrum.engine import ways
from leaddrum.models import Person, Portal, Reach

CHANNEL = "bitrix24"


def linked(portal: Portal, now: datetime) -> None:
    """Newcomers are reached by it too. The company is held by the caller, or nobody else knows it yet."""
    if "im" not in portal.plan.get("scopes", ()):
        return
    there = set(Reach.objects.filter(company=portal.company_id, channel=CHANNEL).values_list("address", flat=True))
    people = Person.objects.filter(company=portal.company_id, key__startswith="b24:", active=True)
    fresh = [
        Reach(
            company_id=portal.company_id,
            person=person,
            channel=CHANNEL,
            address=str(user_of(person.key)),
            created_at=now,
        )
        for person in people
        if str(user_of(person.key)) not in there
    ]
    if fresh:
        Reach.objects.bulk_create(fresh)
        ways.another_version(portal.company_id)
