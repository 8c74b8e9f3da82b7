"""A turning drum against the portal double, in the double's own time: nothing sleeps."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from leaddrum import company, engine, outbox
from leaddrum.company.settings import newest
from leaddrum.crm import work
from leaddrum.crm.bitrix24 import command
from leaddrum.models import Company, Cycle, Entry, Incident, Lane, Lead, Portal
from tests.bitrix24.portal import Portal as Double
from tests.bitrix24.portal import sample

NOTHING: dict[str, object] = {
    "entity": None,
    "pipeline": None,
    "entry": None,
    "users": None,
    "department": None,
    "owners_department": False,
    "budget": "30m",
    "escalate_after": 2,
    "calendar": "always",
    "watch_only": False,
}


class Drum:
    """`leaddrum serve` for a portal, one step after the other."""

    def __init__(self, double: Double, **options: Any) -> None:
        self.double = double
        given = NOTHING | options
        if not any(given[name] for name in ("users", "department", "owners_department")):
            given["users"] = "27,31"
        self.hook = double.webhook(sample.ADMIN, secret="s3cr3tw0rd")
        sweep = given.pop("sweep", 300)  # few looks: a night has many minutes
        command.connect(self.hook, command.Given(**given), yes=True)
        if sweep:
            text = re.sub('^sweep = ".*"$', f'sweep = "{sweep}s"', newest(self.company).text, flags=re.MULTILINE)
            company.apply(company.read(text), text, by="test", now=self.now, company=self.company)

    @property
    def now(self) -> datetime:
        return self.double.clock.now()

    @property
    def company(self) -> Company:
        return Company.objects.get()

    @property
    def portal(self) -> Portal:
        return Portal.objects.get()

    def run(self) -> datetime | None:
        """Everything that is due now."""
        for _ in range(60):
            asked = work.due(self.now)
            ticked = engine.tick(self.now)
            sent = outbox.send_due(self.now)
            nexts = [at for at in (asked, ticked.next_at, sent.next_at) if at is not None]
            if not ticked.more and not any(at <= self.now for at in nexts):
                return min(nexts, default=None)
        raise AssertionError("the drum does not come to rest")

    def forward(self, **span: float) -> None:
        """Time goes by, and whatever falls due in it happens when it does."""
        until = self.now + timedelta(**span)
        while True:
            due = self.run()
            step = min(until, max(due, self.now + timedelta(milliseconds=10)) if due else until)
            if self.now >= until:
                return
            self.double.clock.set(step)

    def look(self) -> None:
        """The next sweep is now."""
        Company.objects.update(crm_seen_at=None)
        Portal.objects.update(synced_at=None)
        Lane.objects.filter(channel="crm-read").update(next_send_at=self.now)
        self.run()

    def lead(self, number: int, entity: str = "lead") -> Lead:
        return Lead.objects.get(crm_key=f"{entity}:{number}")

    def cycle(self, number: int, entity: str = "lead") -> Cycle:
        return Cycle.objects.filter(lead__crm_key=f"{entity}:{number}").latest("number")

    def journal(self, number: int) -> list[str]:
        return list(Entry.objects.filter(cycle=self.cycle(number)).order_by("seq").values_list("kind", flat=True))

    def incidents(self) -> int:
        return Incident.objects.count()

    def elements(self) -> list[dict[str, Any]]:
        """The journal in the portal."""
        found = self.double.journal("leaddrum_journal")
        return [found.row(element) for element in found.elements.values()]
