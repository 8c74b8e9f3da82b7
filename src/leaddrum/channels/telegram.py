"""Telegram: an offer with buttons to take it, decline it or open it, in a private chat or in the team's group.

A message is written down before it goes out (`models.Posted`). What stands there with its number is not sent again
whatever crashes; what stands there without may be in the chat already, and says so when it comes again (S-40). When the
turn is over its messages change: the buttons go, and the client's details with them, unless the lead is his.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from leaddrum.channels import telegram_follow
from leaddrum.channels.base import Dead, Done, Message, Result, Retry, Wait
from leaddrum.channels.botapi import PACE, Bot, BotError, Refused, Unreachable, bot
from leaddrum.channels.telegram_text import RUNNING, keyboard, text_of
from leaddrum.models import Person, Posted, Reach

PAUSE = 10.0  # seconds before a message that did not go out is tried again
ENDING = frozenset({"taken", "gone"})  # said by changing the offer's message, where there is one


class Telegram:
    spacing = 0.0  # `Pace` keeps the limits

    def address(self, person: Person) -> str:
        found = Reach.objects.filter(person=person, channel="telegram").values_list("address", flat=True)
        return next(iter(found), "") if settings.TELEGRAM_TOKEN else ""

    @contextmanager
    def open(self) -> Iterator[Callable[[Message], Result]]:
        client = bot()
        if client is None:
            yield lambda _message: Dead("LEADDRUM_TELEGRAM_TOKEN is not set")
            return
        with client:
            yield lambda message: _send(message, client)

    def follow(self, company: int, now: datetime) -> float | None:
        client = bot()
        if client is None:
            return None
        with client:
            return telegram_follow.follow(client, company, now)


def _send(message: Message, client: Bot) -> Result:
    """1. Nobody to send it to, or sent already. 2. The limits. 3. An ending changes what is there. 4. Send."""
    if not message.to:
        return Dead("not linked", address=False)
    posted, before = _written_down(message)
    if posted.message is not None:
        return Done()
    if shut := PACE.shut_for():
        return Retry("429 Too Many Requests", shut, everything=True)
    if free_in := PACE.chat_free_in(message.to):
        return Wait(free_in)
    try:
        if message.kind in ENDING and telegram_follow.end_turn(client, message):
            return _silent(posted)
        if message.kind == "reminder":
            telegram_follow.time_passes(client, message)
            if message.outlet is not None:
                return _silent(posted)  # a group is not called again
        PACE.go(message.to)
        number = client.call("sendMessage", **_parameters(message, repeated=before))["message_id"]
    except BotError as error:
        return _failed(error, posted, message)
    Posted.objects.filter(pk=posted.pk).update(message=number, running=message.kind in RUNNING)
    return Done()


def _silent(posted: Posted) -> Done:
    """Nothing new stands in the chat: what was there has changed."""
    Posted.objects.filter(pk=posted.pk).update(message=0)
    return Done()


def _written_down(message: Message) -> tuple[Posted, bool]:
    """Its row, and whether an attempt before may have reached the chat."""
    posted, made = Posted.objects.get_or_create(
        effect_id=message.effect,
        defaults={
            "company_id": message.company,
            "cycle_id": message.cycle,
            "turn_number": message.turn,
            "chat": message.to,
        },
    )
    return posted, not made


def _failed(error: BotError, posted: Posted, message: Message) -> Result:
    """What a failure means for this message and for the others."""
    if not (isinstance(error, Unreachable) and error.doubtful):
        posted.delete()  # it is certain that nothing arrived
    if isinstance(error, Unreachable):
        return Retry(str(error), PAUSE, everything=True, doubtful=error.doubtful)
    if not isinstance(error, Refused):
        return Retry(str(error), PAUSE)
    if error.code == 429:
        pause = max(error.retry_after, 1.0)
        PACE.shut(pause)
        return Retry(str(error), pause, everything=True)
    if error.migrated is not None:
        telegram_follow.moved(message.to, str(error.migrated))
        return Retry(str(error), 0.0)
    if error.code in {401, 404}:
        return Retry(f"{error}: LEADDRUM_TELEGRAM_TOKEN is not valid", PAUSE, everything=True)
    return Dead(str(error), address=error.gone)


def _parameters(message: Message, *, repeated: bool) -> dict[str, Any]:
    text = text_of(message)
    if repeated:
        text = f"<i>{html.escape(_('Repeated: it may be here already.'))}</i>\n{text}"
    above = telegram_follow.offer_in(message) if message.kind not in {"offer", "pinned"} else None
    return {
        "chat_id": message.to,
        "text": text,
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": keyboard(message),
        "reply_parameters": {"message_id": above, "allow_sending_without_reply": True} if above else None,
    }
