"""A portal is connected: the company is made of it, the leads that hang there are looked at, and the drum may turn.

1. `prepared`: what would be, and what would become of the leads that wait there now: done and taken back.
2. `connect`: the company, its portal and its people in one transaction; then the list and the bot in the portal.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from leaddrum import company as companies
from leaddrum import words
from leaddrum.company.portal import LEAD
from leaddrum.crm.bitrix24 import access, apart, bot, items, journal, reached, shadows, troubles
from leaddrum.crm.bitrix24.address import Webhook
from leaddrum.crm.bitrix24.answers import Ok, Refused
from leaddrum.crm.bitrix24.budget import MOST, Urgency
from leaddrum.crm.bitrix24.client import Client
from leaddrum.crm.bitrix24.probing import Found, NoPortal
from leaddrum.crm.bitrix24.proposing import Choice
from leaddrum.crm.bitrix24.proposing import text as text_of
from leaddrum.engine import mirror, org
from leaddrum.models import Company, CompanyVersion, Cycle, Lane, Lead, Person, Portal, PortalApp

SHOWN = 10  # leads that are told one by one
PAGES = 20  # of waiting leads that are looked at beforehand
NAME = "bitrix24"


class CannotConnect(Exception):
    """Nothing was changed; says why."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead that hangs in the entry stage, and what would become of it."""

    key: str
    title: str
    since: datetime
    owner: str
    then: str


@dataclass(slots=True)
class Prepared:
    text: str
    drum: str = ""
    people: int = 0
    total: int = 0
    more: bool = False  # than `total`: so many were looked at
    waiting: list[Waiting] = field(default_factory=list)


def there(base: str, own: Company | None = None) -> Company | None:
    """The company that this portal is: our application was expected for it, or it is connected again.

    Args:
        base: the portal's address.
        own: a company that is to become this portal's, if its board has never had a lead.

    Raises:
        CannotConnect: the folder holds a company whose leads live on the built-in board.
    """
    app = PortalApp.objects.filter(base=base).select_related("company").first()
    if app is not None and (app.company.crm == NAME or not Lead.objects.filter(company=app.company).exists()):
        return app.company
    if own is not None and own.crm != NAME and not Lead.objects.filter(company=own).exists():
        return own
    board = Company.objects.exclude(crm=NAME).order_by("key").first()
    if board is not None:
        text = _("This data folder holds the company “%(name)s” with a board of its own: name another with --data DIR.")
        raise CannotConnect(text % {"name": board.name})
    return Company.objects.filter(crm=NAME, portal_app=None).order_by("key").first()


def check_same(company: Company | None, hook: Webhook | None) -> None:
    """Numbers of leads and people mean something in their own portal only.

    Raises:
        CannotConnect: the company has leads of another portal than this webhook's.
    """
    portal = Portal.objects.filter(company=company).first() if company is not None else None
    if portal is None or hook is None or not Lead.objects.filter(company=portal.company_id).exists():
        return
    if urlsplit(portal.base).netloc.lower() == urlsplit(hook.base).netloc.lower():
        return
    with suppress(access.NoAccess):
        before = access.connected(portal.company.key)
        if (before.user, before.secret) == (hook.user, hook.secret):
            return  # renamed
    text = _(
        "The leads here are those of %(portal)s: take another data folder (--data DIR). "
        "If that portal was renamed, connect it once with the webhook it had before."
    )
    raise CannotConnect(text % {"portal": urlsplit(portal.base).netloc})


def proposed(choice: Choice, found: Found, company: Company | None, *, host: str, language: str, now: datetime) -> str:
    """The company file.

    Raises:
        NotChosen: something chosen is not in the portal.
    """
    before: Mapping[str, Any] = {}
    newest = CompanyVersion.objects.filter(company=company).order_by("-number").first() if company else None
    if newest is not None:
        before = tomllib.loads(newest.text)
    name = host.split(".")[0] if host and not host[0].isdigit() else "Bitrix24"
    key = company.key if company else NAME
    return text_of(choice, found, name=name, key=key, language=language, before=before, now=now)


def prepared(
    client: Client,
    choice: Choice,
    found: Found,
    proposal: str,
    base: str,
    now: datetime,
    own: Company | None = None,
) -> Prepared:
    """What would be, done and taken back.

    Raises:
        NoPortal: the leads cannot be read.
        CannotConnect: the company file is refused.
    """
    rows = waiting(client, choice)
    try:
        with transaction.atomic():
            portal = _written(proposal, found, base, now, own)
            done = _looked_at(portal, choice, proposal, rows, now)
            transaction.set_rollback(True)
    finally:
        org.forget()
    return done


def waiting(client: Client, choice: Choice) -> list[dict[str, Any]]:
    """The leads that stand in the entry stage, the first `PAGES` pages of them.

    Raises:
        NoPortal: they cannot be read.
    """
    found: list[dict[str, Any]] = []
    for _page in range(PAGES):
        after = int(found[-1]["id"]) if found else 0
        filter_ = {"@stageId": [choice.entry], ">id": after}
        reply = client.call("crm.item.list", apart.listing(choice.entity, filter_), urgency=Urgency.VERDICT)
        if not isinstance(reply, Ok):
            raise NoPortal(str(reply) if isinstance(reply, Refused) else reply.why)
        page = list(reply.value["items"])
        found += page
        if len(page) < MOST:
            break
    return found


def _written(proposal: str, found: Found, base: str, now: datetime, own: Company | None) -> Portal:
    """The company as it will be.

    Raises:
        CannotConnect: the file is refused.
    """
    company = there(base, own)
    try:
        file = companies.read(proposal)
        if company is None:
            company = Company.objects.create(key=file.key, name="", zone=file.zone, crm=NAME)
        Company.objects.filter(pk=company.pk).update(crm=NAME)
        portal, _made = Portal.objects.update_or_create(
            company=company,
            defaults={"base": base, "user": found.user, "plan": found.plan(), "org": found.org, "synced_at": None},
        )
        companies.apply(file, proposal, by="connect", now=now, company=company)
    except (companies.Unreadable, companies.CannotApply) as error:
        problems = getattr(error, "problems", None)
        raise CannotConnect("; ".join(map(str, problems)) if problems else str(error)) from error
    portal.refresh_from_db()
    reached.linked(portal, now)
    return portal


def _looked_at(
    portal: Portal, choice: Choice, proposal: str, rows: Sequence[dict[str, Any]], now: datetime
) -> Prepared:
    """The engine sees these leads; what it decides is told."""
    company = portal.company
    names = items.names_of(company, portal)
    if not choice.watch_only:
        shadows.leave(company.pk, now)
    before = {person.pk: person.name for person in Person.objects.filter(company=company)}
    seen = [items.seen(choice.entity, row, names) for row in rows]
    mirror.seen(company.pk, seen, read_at=now, now=now)
    waiting = Cycle.objects.filter(company=company, ended_at=None)
    cycles = waiting.select_related("lead", "holder", "drum").order_by("lead__arrived_at")
    owners = {reading.key: before.get(reading.owner or 0, "—") for reading in seen}
    done = Prepared(proposal, people=sum(1 for _ in before), total=len(seen), more=len(seen) >= PAGES * MOST)
    for cycle in cycles[:SHOWN]:
        key = cycle.lead.crm_key or ""
        done.drum = cycle.drum.name
        done.waiting.append(Waiting(key, cycle.lead.title, cycle.lead.arrived_at, owners.get(key, "—"), _then(cycle)))
    return done


def _then(cycle: Cycle) -> str:
    if cycle.holder is not None:
        return _("offered to: %(who)s") % {"who": cycle.holder.name}
    return _("waits: %(why)s") % {"why": words.hold(cycle.hold_reason)}


def connect(
    client: Client,
    hook: Webhook | None,
    choice: Choice,
    found: Found,
    proposal: str,
    now: datetime,
    own: Company | None = None,
) -> Portal:
    """Do it. The list and the bot come after the company: what the portal refuses of them is a trouble, no end.

    Raises:
        CannotConnect: the company file is refused.
    """
    with transaction.atomic():
        portal = _written(proposal, found, client.access.base, now, own)
        Portal.objects.filter(pk=portal.pk).update(application=client.access.application)
        Lane.objects.filter(company=portal.company, channel__startswith="crm").update(failures=0, next_send_at=now)
        Company.objects.filter(pk=portal.company_id).update(crm_seen_at=None, crm_down_at=None, crm_error="")
        if hook is not None:
            access.keep(portal.company.key, hook)
    portal.refresh_from_db()
    if not choice.watch_only:
        furnish(client, portal)
    return portal


def furnish(client: Client, portal: Portal) -> None:
    """Make in the portal what we need there: the list and the bot. Repeated it changes nothing."""
    scopes = portal.plan.get("scopes", ())
    of_list = of_bot = ""
    if "lists" in scopes and portal.plan.get("admin"):
        try:
            Portal.objects.filter(pk=portal.pk).update(journal=journal.ensured(client, journal.rights(portal)))
        except journal.NoList as error:
            of_list = str(error)
    if "imbot" in scopes:
        try:
            Portal.objects.filter(pk=portal.pk).update(bot=bot.ensured(client, portal))
        except bot.NoBot as error:
            of_bot = str(error)
    troubles.say(portal, troubles.LIST, of_list)
    troubles.say(portal, troubles.BOT, of_bot)
    portal.refresh_from_db()


def default_choice(found: Found) -> tuple[int, int]:
    """Leads where there are any, else the first pipeline of deals."""
    if not found.simple:
        return LEAD, 0
    pipeline = next((one for one in found.pipelines if one.default), found.pipelines[0])
    return pipeline.entity, pipeline.number
