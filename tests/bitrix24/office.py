"""The world of the stories, with its leads in the portal of `tests.bitrix24.portal`: people work there, LeadDrum looks.

By webhook it learns of what they do with its next sweep; as an application by the portal's events, posted to our own
pages. The same names as in every story: anna is user 27 of the portal, `in_work` its stage IN_PROCESS.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.test import Client as Browser

from leaddrum import company as companies
from leaddrum import outbox
from leaddrum.company import toml
from leaddrum.crm import work
from leaddrum.crm.bitrix24 import connecting, install, oauth, probing
from leaddrum.crm.bitrix24.access import ByWebhook
from leaddrum.crm.bitrix24.address import webhook
from leaddrum.crm.bitrix24.books import InMemory
from leaddrum.crm.bitrix24.client import Access, Client
from leaddrum.crm.bitrix24.proposing import Choice
from leaddrum.engine import org
from leaddrum.models import Company, Lane, Lead, PortalApp
from tests import invariants
from tests.bitrix24.portal import Clock, Portal, php
from tests.bitrix24.portal.access import ALL_SCOPES
from tests.world import COMPANY, MONDAY, Card, World

USERS = {"irina": 1, "viktor": 3, "olga": 13, "anna": 27, "boris": 31, "clara": 35}
NAMES = {f"b24:{number}": name for name, number in USERS.items()}
STAGES = {"new": "NEW", "in_work": "IN_PROCESS", "qualified": "PROCESSED", "junk": "JUNK"}
TITLES = {f"lead:{stage}": name for name, stage in STAGES.items()}
HOME = "https://drum.example"
FORM = "application/x-www-form-urlencoded"


def portal() -> Portal:
    """A portal with the people of the stories."""
    made = Portal(Clock(MONDAY))
    for person in COMPANY["people"]:
        number, (first, _, last) = USERS[person["id"]], person["name"].partition(" ")
        department = {"firm": 1, "sales": 5}.get(next(iter(person["departments"]), ""), 1)
        made.user(number, first, last, departments=[department], admin=person["id"] == "irina")
    made.department(1, "Фирма", head=USERS["viktor"])
    made.department(5, "Продажи", parent=1, head=USERS["olga"])
    return made


class Office(World):
    """`application`: reached with an application's tokens, and told by events."""

    def __init__(
        self,
        served: Portal,
        *,
        application: bool = False,
        sweep: str = "30m",
        checked: bool = True,
        features: str = "",
        **drum: Any,
    ) -> None:
        """`features`: what the portal's plan has, separated by spaces."""
        served.features |= dict.fromkeys(features.split(), "Y")
        self.portal, self.application = served, application
        self.sweep, self.checked = sweep, checked
        self.key_of_company = "bitrix24"
        self.events = True  # whether the portal's events arrive
        self.people: dict[str, dict[str, Any]] = dict(drum.pop("people", None) or {})
        start = drum.pop("start", "")
        self.settings = dict(drum)
        self.now = MONDAY.astimezone(UTC)
        if start:
            self.now = self.at(start)
        self.memory = invariants.Memory()
        World.newest = self
        served.clock._at, served.clock._read = None, lambda: self.now
        self.company_id = self._connected()
        org.forget()

    # Connecting

    def _connected(self) -> int:
        found_by = self._application() if self.application else self._webhook()
        client = Client(found_by, InMemory(now=lambda: self.now.timestamp()))
        try:
            found = probing.probe(client, self.now)
            assert not found.problems, found.problems
            hook = webhook(self.hook) if not self.application else None
            ours = connecting.connect(client, hook, Choice(), found, self._file(), self.now)
        finally:
            client.close()
        return ours.company_id

    def _webhook(self) -> Access:
        self.hook = self.portal.webhook(USERS["irina"])
        return ByWebhook(webhook(self.hook))

    def _application(self) -> Access:
        assert self.portal.cloud is not None
        self.app = self.portal.cloud.register(self.portal, f"{HOME}/bitrix24/frame", ALL_SCOPES)
        ours = install.company_of(self.portal.url, None)
        self.key_of_company = ours.key
        install.expect(ours, self.portal.url, self.app.client_id, self.app.client_secret)
        query, body = self.portal.cloud.frame(self.portal, self.app, USERS["irina"])
        assert Browser().post(f"/bitrix24/frame?{query}", body).status_code == 200
        return oauth.ByApplication(PortalApp.objects.get(client_id=self.app.client_id))

    def _file(self) -> str:
        drum = dict(COMPANY["drums"][0]) | self.settings
        del drum["entry"]
        drum["roster"] = _roster(drum["roster"])
        tree: dict[str, Any] = {
            "company": {"key": self.key_of_company, **COMPANY["company"]},
            "calendars": COMPANY["calendars"],
            "bitrix24": {
                "sweep": self.sweep,
                "watch": [{"drum": "drum", "entity": "lead", "pipeline": 0, "entry": ["NEW"]}],
            },
            "drums": [drum],
        }
        if self.people:
            tree["people"] = [{"id": f"b24:{USERS[key]}", **values} for key, values in self.people.items()]
        return toml.dumps(tree)

    def _apply(self) -> int:
        text = self._file()
        return companies.apply(companies.read(text), text, by="test", now=self.now, company=self.company).pk

    def edit(self, drum: str = "drum", **settings: Any) -> None:
        assert drum == "drum"
        self.settings |= settings
        self.apply()

    # Time

    def tick(self) -> datetime | None:
        """The engine, the work with the portal and the outbox, until all want to sleep."""
        for _ in range(30):
            self.deliver()
            asked = work.due(self.now)
            sent = outbox.send_due(self.now).next_at
            woken = super().tick()
            if not any(at is not None and at <= self.now for at in (asked, sent)):
                return min(filter(None, (asked, woken, sent)), default=None)
        raise AssertionError("the portal is asked again and again")

    def deliver(self) -> list[int]:
        """The portal's events come to our pages; the statuses of our answers."""
        delivery = self.portal.delivery
        assert delivery is not None
        posts, delivery.queue = delivery.queue, []
        if not self.events:
            return []
        browser = Browser()
        return [
            browser.post(urlsplit(post.url).path, php.encode(post.body), content_type=FORM).status_code
            for post in posts
        ]

    def noticed(self) -> None:
        """What somebody has done in the portal is noticed: by its event, or by the next sweep."""
        if not self.application:
            Company.objects.filter(pk=self.company_id).update(crm_seen_at=None)
            Lane.objects.filter(company=self.company_id, channel="crm-read").update(next_send_at=self.now)
        self.tick()

    def check(self) -> None:
        """All invariants after each step; a long day is looked at in its end."""
        if self.checked:
            super().check()

    # What people do in the portal

    def lead(self, title: str = "Окна на дачу", *, owner: str | None = None, drum: str = "", **values: Any) -> Card:
        number = self.portal.lead(title, assignedById=USERS[owner or "irina"], **values)
        self.noticed()
        return self.found(number)

    def found(self, number: int, *, after: float = 0) -> Card:
        """The portal's lead as we know it, so many seconds from now."""
        if after:
            self.forward(seconds=after)
        found = Lead.objects.filter(company=self.company_id, crm_key=f"lead:{number}").first()
        assert found is not None, "nobody has seen the lead"
        return Card(self, found.pk)

    def number(self, lead: Card) -> int:
        return int((lead.row.crm_key or "").partition(":")[2])

    def move(self, lead: Card, stage: str, *, by: str | None) -> None:
        self.portal.move(self.number(lead), STAGES[stage], by=USERS[by] if by else 0)
        self.noticed()

    def take_card(self, lead: Card, *, by: str) -> None:
        self.move(lead, "in_work", by=by)

    def assign(self, lead: Card, to: str, *, by: str | None) -> None:
        self.portal.assign(self.number(lead), USERS[to], by=USERS[by] if by else 0)
        self.noticed()

    def delete(self, lead: Card, *, by: str = "irina") -> None:
        self.portal.delete(self.number(lead), by=USERS[by])
        self.noticed()

    # Names

    def pk(self, person: str) -> int:
        return super().pk(f"b24:{USERS[person]}")

    def key(self, pk: int) -> str:
        return NAMES[super().key(pk)]

    def stage_name(self, key: str) -> str:
        return TITLES[key]


def _roster(roster: dict[str, Any]) -> dict[str, Any]:
    if "people" in roster:
        return {"bitrix24_users": [USERS[person] for person in roster["people"]]}
    return dict(roster)
