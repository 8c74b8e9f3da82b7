"""`leaddrum connect bitrix24 ADDRESS`: from nothing to a turning drum. What is not said is asked."""

from __future__ import annotations

import os
from dataclasses import replace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import click
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum import clock
from leaddrum.company import values
from leaddrum.company.portal import ENTITIES, FIRST_PROCESS
from leaddrum.crm.bitrix24 import connecting, oauth, probing, proposing
from leaddrum.crm.bitrix24.access import ByWebhook
from leaddrum.crm.bitrix24.address import Webhook, WrongAddress, webhook
from leaddrum.crm.bitrix24.books import InMemory
from leaddrum.crm.bitrix24.client import Access, Client
from leaddrum.crm.bitrix24.probing import Found
from leaddrum.crm.bitrix24.prompting import answered, asked, one_of
from leaddrum.crm.bitrix24.proposing import Choice

RUSSIAN = (".ru", ".by", ".kz", ".рф")


class Given:
    """The options as they were typed; None: not said."""

    def __init__(self, **options: object) -> None:
        self.entity = options["entity"]
        self.pipeline = options["pipeline"]
        self.entry = options["entry"]
        self.users = options["users"]
        self.department = options["department"]
        self.owners_department = bool(options["owners_department"])
        self.budget = options["budget"]
        self.escalate_after = options["escalate_after"]
        self.calendar = options["calendar"]
        self.watch_only = bool(options["watch_only"])


def connect(url: str, given: Given, *, yes: bool, language: str = "") -> None:
    """
    Raises:
        click.ClickException: it cannot be connected; nothing was changed.
        click.UsageError: something typed cannot be understood, or is missing and nobody can be asked.
    """
    access: Access | None = oauth.at(url)
    hook = None
    if access is None:
        try:
            hook = webhook(url)
        except WrongAddress as error:
            raise click.ClickException(str(error)) from error
        access = ByWebhook(hook)
    host = urlsplit(access.base).hostname or ""
    language = language or _language(host)
    with translation.override(language):
        client = Client(access, InMemory())
        try:
            _connect(client, hook, given, host=host, yes=yes, language=language)
        except (probing.NoPortal, connecting.CannotConnect, proposing.NotChosen) as error:
            raise click.ClickException(str(error)) from error
        finally:
            client.close()


def _language(host: str) -> str:
    """Russian for portals of these countries and on this machine, else what the surroundings say."""
    if host.endswith(RUSSIAN) or "." not in host or host[0].isdigit():
        return "ru"
    return "ru" if os.environ.get("LANG", "").startswith("ru") else "en"


def _connect(client: Client, hook: Webhook | None, given: Given, *, host: str, yes: bool, language: str) -> None:
    company = connecting.there(client.access.base)
    connecting.check_same(company, hook)
    now = clock.now()
    found = probing.probe(client, now)
    if found.problems:
        raise click.ClickException("\n".join(found.problems))
    _introduce(found, host)
    choice = _chosen(found, given, ask=not yes)
    proposal = connecting.proposed(choice, found, company, host=host, language=language, now=now)
    prepared = connecting.prepared(client, choice, found, proposal, client.access.base, now)
    _show(prepared, found)
    if not yes:
        click.confirm(_("Connect?"), abort=True)
    portal = connecting.connect(client, hook, choice, found, proposal, clock.now())
    if portal.trouble:
        click.echo(_("Not everything could be made in the portal: %(what)s") % {"what": portal.trouble}, err=True)
    done = (
        _("Connected, and only watching: nothing is written into the portal.") if choice.watch_only else _("Connected.")
    )
    click.echo(f"{done} {_('The drum turns with: %(command)s') % {'command': 'leaddrum serve --data DIR'}}")
    click.echo(_("Sign in with a link from: %(command)s") % {"command": f"leaddrum login b24:{found.user} --data DIR"})


def _introduce(found: Found, host: str) -> None:
    people, departments = len(found.org["users"]), len(found.org["departments"])
    words = _("Portal %(host)s, as %(user)s: %(people)d people, %(departments)d departments, time zone %(zone)s.")
    click.echo(
        words
        % {
            "host": host,
            "user": found.user_name or found.user,
            "people": people,
            "departments": departments,
            "zone": found.zone,
        }
    )
    for doubt in found.doubts:
        click.echo(_("warning: %(what)s") % {"what": doubt}, err=True)


# What is wanted


def _chosen(found: Found, given: Given, *, ask: bool) -> Choice:
    entity, pipeline = _entity(found, given, ask)
    entry = str(given.entry or "")
    if not entry:
        first = found.first_stage(entity, pipeline)
        known = one_of(_waiting(found, entity, pipeline))
        entry = asked(True, _ask_stage(found, entity, pipeline), first, known) if ask else first
    choice = Choice(entity=entity, pipeline=pipeline, entry=entry, watch_only=given.watch_only)
    choice = _roster(found, choice, given, ask)
    budget = answered(given.budget, ask, _("Budget: the time one person has to take a lead"), "30m", _duration)
    misses = answered(given.escalate_after, ask, _("Misses until the head is pulled in"), "4", _misses)
    standard = proposing.CALENDAR if found.hours else "always"
    calendar = given.calendar or asked(
        ask, _("Working time: portal or always"), standard, one_of([proposing.CALENDAR, "always"])
    )
    if calendar == proposing.CALENDAR and not found.hours:
        raise click.UsageError(_("the portal tells no working time (scope “calendar”): use --calendar always"))
    watch = given.watch_only or (ask and click.confirm(_("Only watch at first, and write nothing into the portal?")))
    return replace(choice, budget=budget, escalate_after=misses, calendar=str(calendar), watch_only=watch)


def _waiting(found: Found, entity: int, pipeline: int) -> list[str]:
    """The stages in which something can wait."""
    return [str(row["id"]) for row in found.stages(entity, pipeline) if row["semantics"] == "P"]


def _misses(value: object) -> int:
    number = int(str(value)) if str(value).isdigit() else 0
    if not 1 <= number <= 1000:
        raise click.UsageError("--escalate-after: 1 to 1000")
    return number


def _duration(value: object) -> int:
    try:
        seconds = values.duration(str(value))
    except ValueError as error:
        raise click.UsageError(f"--budget: {error}") from error
    if seconds < 1:
        raise click.UsageError("--budget: 1s or more")
    return seconds


def _entity(found: Found, given: Given, ask: bool) -> tuple[int, int]:
    standard, first = connecting.default_choice(found)
    text = str(given.entity or "")
    if not text and ask:
        for one in found.pipelines:
            click.echo(f"  {one.entity}/{one.number}  {one.name}")
        text = click.prompt(_("What to watch: lead, deal or a smart process' number"), default=_entity_name(standard))
    entity = ENTITIES.get(text) or (int(text) if text.isdigit() else 0) or (standard if not text else 0)
    if not entity or (entity not in ENTITIES.values() and entity < FIRST_PROCESS):
        raise click.UsageError(_("--entity: lead, deal or the number of a smart process"))
    if given.pipeline is not None:
        return entity, int(str(given.pipeline))
    own = [one for one in found.pipelines if one.entity == entity]
    main = next((one.number for one in own if one.default), own[0].number if own else first)
    if ask and len(own) > 1:
        names = ", ".join(f"{one.number} ({one.name})" for one in own)
        return entity, click.prompt(_("Which pipeline: %(names)s") % {"names": names}, default=main, type=int)
    return entity, main


def _entity_name(entity: int) -> str:
    return next((name for name, number in ENTITIES.items() if number == entity), str(entity))


def _ask_stage(found: Found, entity: int, pipeline: int) -> str:
    can = _waiting(found, entity, pipeline)
    names = ", ".join(f"{row['id']} ({row['name']})" for row in found.stages(entity, pipeline) if row["id"] in can)
    return _("In which stage do leads wait to be taken: %(names)s") % {"names": names}


def _roster(found: Found, choice: Choice, given: Given, ask: bool) -> Choice:
    said = [given.users is not None, given.department is not None, given.owners_department]
    if sum(said) > 1:
        raise click.UsageError(_("say one of --users, --department, --owners-department"))
    if given.users is not None:
        return replace(choice, users=_users(str(given.users)))
    if given.department is not None:
        return replace(choice, department=int(str(given.department)))
    if given.owners_department:
        return replace(choice, owners=True)
    if not ask:
        raise click.UsageError(_("who is in the drum? --users 27,31 or --department 5 or --owners-department"))
    for row in found.org["departments"]:
        names = ", ".join(user["name"] for user in found.org["users"] if row["id"] in user["departments"])
        click.echo(f"  {row['id']}  {row['name']}: {names}")
    words = _("Who is in the drum: a department's number, or users: 27,31 (empty: the owner's department)")

    def read(text: str) -> Choice:
        if not text.strip():
            return replace(choice, owners=True)
        if text.strip().isdigit() and any(row["id"] == int(text) for row in found.org["departments"]):
            return replace(choice, department=int(text))
        users = _users(text)
        unknown = set(users) - {user["id"] for user in found.org["users"]}
        if unknown:
            known = ", ".join(map(str, sorted(unknown)))
            raise click.UsageError(_("the portal has no active employee %(users)s") % {"users": known})
        return replace(choice, users=users)

    return asked(True, words, "", read)


def _users(text: str) -> tuple[int, ...]:
    parts = [part.strip().removeprefix("b24:") for part in text.split(",") if part.strip()]
    if not parts or not all(part.isascii() and part.isdigit() for part in parts):
        raise click.UsageError(_("--users: numbers separated by commas, such as 27,31"))
    return tuple(dict.fromkeys(int(part) for part in parts))


# What would be


def _show(prepared: connecting.Prepared, found: Found) -> None:
    count = ngettext(
        "%(total)d lead hangs in this stage now.", "%(total)d leads hang in this stage now.", prepared.total
    )
    if prepared.more:
        count = _("At least %(total)d leads hang in this stage now.")
    click.echo(count % {"total": prepared.total})
    zone = ZoneInfo(found.zone)
    for one in prepared.waiting:
        since = one.since.astimezone(zone)
        click.echo(f"  {one.key} {one.title[:60]} ({since:%d.%m.%Y %H:%M}, {one.owner}) → {one.then}")
    if prepared.total > len(prepared.waiting):
        click.echo(f"  … {prepared.total - len(prepared.waiting)}")
