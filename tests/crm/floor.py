"""The world of the stories, with its leads on the board or in a CRM apart: the same verbs, the same answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leaddrum import crm, lanes
from leaddrum.crm import reading, work
from leaddrum.engine import org
from leaddrum.models import Company, Lead
from tests.crm.portal import Portal
from tests.world import Card, World


class PortalWorld(World):
    """People work in the portal; LeadDrum learns of it by events (`hint`) or when it looks by itself."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.portal = Portal(self)
        self.hints = True  # whether events arrive
        crm.CRMS["test"] = lambda _company: self.portal
        Company.objects.filter(pk=self.company_id).update(crm="test")
        org.forget()

    def tick(self) -> datetime | None:
        """The engine and the work with the CRM, until both want to sleep."""
        for _ in range(20):
            asked = work.due(self.now)
            woken = super().tick()
            self.check()
            if asked is None or asked > self.now:
                return min(filter(None, (asked, woken)), default=None)
        raise AssertionError("the CRM is asked again and again")

    def hint(self, key: str) -> None:
        """An event says that something happened to this lead."""
        if self.hints:
            self.look(key)
        self.tick()

    def look(self, *keys: str) -> None:
        reading.look(self.company, self.portal, keys, lanes.Watch(self.now))
        self.check()

    def key_of(self, lead: Card) -> str:
        key = lead.row.crm_key
        assert key is not None
        return key

    # What people do

    def lead(self, title: str = "Окна на дачу", *, owner: str | None = None, drum: str = "", **values: Any) -> Card:
        key = self.portal.add(owner=self.pk(owner) if owner else None, title=title, **values)
        self.hint(key)
        found = Lead.objects.filter(company=self.company_id, crm_key=key).first()
        assert found is not None, "nobody has seen the lead"
        return Card(self, found.pk)

    def move(self, lead: Card, stage: str, *, by: str | None) -> None:
        self.portal.move(self.key_of(lead), stage, self.pk(by) if by else None)
        self.hint(self.key_of(lead))

    def take_card(self, lead: Card, *, by: str) -> None:
        self.move(lead, "in_work", by=by)

    def assign(self, lead: Card, to: str, *, by: str | None) -> None:
        self.portal.assign(self.key_of(lead), self.pk(to), self.pk(by) if by else None)
        self.hint(self.key_of(lead))

    def delete(self, lead: Card, *, by: str = "irina") -> None:
        self.portal.delete(self.key_of(lead))
        self.hint(self.key_of(lead))
