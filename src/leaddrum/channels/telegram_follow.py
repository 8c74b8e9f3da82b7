"""Messages in Telegram that are no longer so: changed when their turn is over or its time passes."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from leaddrum import links, words
from leaddrum.channels.base import Message
from leaddrum.channels.botapi import Bot, BotError, Refused, Unreachable
from leaddrum.channels.crew import Crew
from leaddrum.channels.pace import place
from leaddrum.channels.telegram_text import hint, keyboard, link, text_of
from leaddrum.engine import answering, org
from leaddrum.models import Cycle, Outlet, Posted, Reach

BATCH = 30  # messages changed in one go
AGAIN = 5.0  # seconds before a change that failed is tried again


def follow(client: Bot, company: int, now: datetime) -> float | None:
    """Change the messages whose turn is over, oldest first. Returns in how many seconds there is more to do."""
    running = Posted.objects.filter(company=company, running=True).exclude(message=None).order_by("pk")
    over = running.exclude(cycle__state=Cycle.State.OFFERED) | running.exclude(cycle__turn_number=F("turn_number"))
    rows = list(over.select_related("effect__person__company", "cycle__lead", "cycle__taken_by")[: BATCH + 1])
    waits = [0.0] if len(rows) > BATCH else []
    if not rows:
        return None
    with Crew[Posted](client) as crew:
        for row in rows[:BATCH]:
            if shut := client.limits.shut_for():
                waits.append(shut)
                break
            crew.call(row, "editMessageText", **_over(row, now))
            waits += filter(None, (_changed(client, *answer) for answer in crew.answered()))
        waits += filter(None, (_changed(client, *answer) for answer in crew.rest()))
    return max(waits, default=None)


def end_turn(client: Bot, message: Message) -> bool:
    """An ending is told by the messages of that turn. Returns whether there was one to change.

    Raises:
        BotError: as `Bot.call`; nothing was changed.
    """
    found = Posted.objects.filter(cycle=message.cycle, turn_number=message.turn, chat=message.to, running=True)
    rows = list(found.exclude(message=None).select_related("effect__person__company", "cycle__lead"))
    for row in rows:
        try:
            with place(client.limits):
                client.call("editMessageText", **_over(row, message.at))
        except Refused as error:
            if "not modified" not in error.description:
                raise
        Posted.objects.filter(pk=row.pk).update(running=False)
    return bool(rows)


def time_passes(client: Bot, message: Message) -> None:
    """The turn's offer says above all how much of its time is spent. That it cannot be changed stops no reminder.

    Raises:
        BotError: as `Bot.call`, but for a message that is gone.
    """
    offer = time_passed(message)
    if offer is None:
        return
    try:
        with place(client.limits):
            client.call("editMessageText", **offer)
    except Refused as error:
        if error.code == 429:
            raise


def time_passed(message: Message) -> dict[str, Any] | None:
    """The turn's offer in this chat as it should read now, if it is there."""
    found = Posted.objects.filter(cycle=message.cycle, turn_number=message.turn, chat=message.to, running=True)
    offers = found.filter(effect__kind__in=("offer", "pinned")).exclude(message=None)
    row = offers.select_related("effect__person__company", "cycle__lead").first()
    if row is None or row.cycle is None:
        return None
    person, data = row.effect.person, row.effect.data
    zone = ZoneInfo(person.zone or person.company.zone)
    near = message.at or row.effect.created_at
    names = {member.id: member.name for member in org.of(person.company, near).people.values()}
    offer = words.notice(row.effect.kind, data, row.cycle.lead, names, zone, near)
    now = replace(message, kind="offer", notice=replace(offer, body=(*message.notice.body, *offer.body)))
    return _edit(row, text_of(now), keyboard(now))


def offer_in(message: Message) -> int | None:
    """The number of the turn's offer in this chat: what comes after answers it."""
    found = Posted.objects.filter(cycle=message.cycle, turn_number=message.turn, chat=message.to)
    return found.filter(effect__kind__in=("offer", "pinned")).values_list("message", flat=True).first() or None


def moved(chat: str, to: str) -> None:
    """A group has become a supergroup, which has another number."""
    Outlet.objects.filter(channel="telegram", address=chat).update(address=to)
    Posted.objects.filter(chat=chat, running=True).update(running=False)


def _changed(client: Bot, row: Posted, answer: Any | BotError) -> float | None:
    """What the answer to a change means. Returns how long to wait when Telegram cannot be asked now."""
    if isinstance(answer, Refused) and answer.code == 429:
        client.limits.shut(max(answer.retry_after, 1.0))
        return max(answer.retry_after, 1.0)
    if isinstance(answer, Unreachable):
        return AGAIN
    Posted.objects.filter(pk=row.pk).update(running=False)  # changed; or gone, or too old to be changed
    return None


def _over(row: Posted, now: datetime | None) -> dict[str, Any]:
    """The message as it should read now that its turn is over."""
    person = row.effect.person
    with translation.override(person.language or person.company.language):
        text, url = _ended(row, now)
        return _edit(row, text, {"inline_keyboard": [[{"text": _("Open"), "url": url}]] if url else []})


def _edit(row: Posted, text: str, buttons: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "chat_id": row.chat,
        "message_id": row.message,
        "text": text,
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": buttons,
    }


def _ended(row: Posted, now: datetime | None) -> tuple[str, str]:
    """Whose the lead is now; with the client's details only when it is his."""
    cycle, person = row.cycle, row.effect.person
    if cycle is None:
        return "", ""
    url = link(f"{links.public_url()}/leads/{cycle.lead_id}")
    head = f"<b>{html.escape(cycle.lead.title)}</b>"
    if cycle.state == Cycle.State.TAKEN and cycle.taken_by_id == person.pk and row.effect.outlet is None:
        about = words.notice("taken", {}, cycle.lead, {}, ZoneInfo("UTC")).about
        lines = [f"{html.escape(what)}: {html.escape(value)}" for what, value in about]
        how = [hint()] if answering.way_back(cycle.lead_id) is not None else []
        yours = html.escape(_("The lead is yours. The client waits for you."))
        return "\n".join([head, yours, *how, *([""] if lines else []), *lines]), url
    zone = ZoneInfo(person.zone or person.company.zone)
    people = org.of(person.company, now or row.effect.created_at).people.values()
    said = words.standing(cycle, {member.id: member.name for member in people}, zone, now)
    return f"{head}\n{html.escape(said)}", url if row.effect.outlet is not None else ""


def whose(account: str) -> QuerySet[Reach]:
    """Whose that Telegram account is, in every company."""
    found = Reach.objects.select_related("person__company")
    return found.filter(channel="telegram", address=account, person__active=True)


def linked(account: str, company: int) -> Reach | None:
    """Who that Telegram account is in a company."""
    return whose(account).filter(company=company).first()
