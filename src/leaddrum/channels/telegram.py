"""Telegram: an offer with buttons to take it, decline it or open it, in a private chat or in the team's group.

A message is written down before it goes out (`models.Posted`). What stands there with its number is not sent again
whatever crashes; what stands there without may be in the chat already, and says so when it comes again (S-40). When the
turn is over its messages change: the buttons go, and the client's details with them, unless the lead is his.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from leaddrum.channels import telegram_follow
from leaddrum.channels.base import Dead, Done, Message, Result, Retry, Wait
from leaddrum.channels.botapi import Bot, BotError, Refused, Unreachable, bot, bot_number
from leaddrum.channels.crew import Crew
from leaddrum.channels.pace import place
from leaddrum.channels.telegram_text import RUNNING, keyboard, text_of
from leaddrum.engine import crash
from leaddrum.models import Person, Posted, Reach

PAUSE = 10.0  # seconds before a message that did not go out is tried again
ENDING = frozenset({"taken", "gone"})  # said by changing the offer's message, where there is one


class Telegram:
    spacing = 0.0  # `pace` keeps the limits

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
            yield Sending(client)

    def follow(self, company: int, now: datetime) -> float | None:
        client = bot()
        if client is None:
            return None
        with client:
            return telegram_follow.follow(client, company, now)


class Sending:
    """Sends one message; or, where it has sent it with others before, only says what became of it."""

    def __init__(self, client: Bot) -> None:
        self._client = client
        self._results: dict[int, Result] = {}
        self._closed = False  # Telegram does not answer, or said that it is enough

    def __call__(self, message: Message) -> Result:
        result = self._results.pop(message.effect, None)
        return result if result is not None else _send(message, self._client)

    def gather(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Several under way at once, until Telegram wants to be left alone or does not answer. What changes a message
        that is there, and what was sent before, waits for its own call."""
        with Crew[tuple[Message, Posted | None]](self._client) as crew:
            try:
                for message in messages:
                    if self._closed or self._client.limits.shut_for():
                        break
                    if self._goes(message):
                        with translation.override(message.language):
                            self._begin(crew, message)
                    yield from self._settle(crew.answered())
                yield from self._settle(crew.rest())
            finally:  # whoever asked has given up: what is under way is written down all the same
                list(self._settle(crew.rest()))

    def _goes(self, message: Message) -> bool:
        """Whether it is new, and its chat may have it now."""
        if not message.to or _only_changes(message) or Posted.objects.filter(effect=message.effect).exists():
            return False
        return not self._client.limits.chat_free_in(message.to)

    def _begin(self, crew: Crew[tuple[Message, Posted | None]], message: Message) -> None:
        if message.kind == "reminder":
            offer = telegram_follow.time_passed(message)
            if offer is not None:
                crew.call((message, None), "editMessageText", **offer)
        posted = Posted.objects.create(effect_id=message.effect, **_row(message))
        crew.call((message, posted), "sendMessage", message.to, **_parameters(message, repeated=False))

    def _settle(self, answers: Iterator[tuple[tuple[Message, Posted | None], Any | BotError]]) -> Iterator[Message]:
        for (message, posted), answer in answers:
            if isinstance(answer, Refused) and answer.code == 429:
                self._client.limits.shut(max(answer.retry_after, 1.0))
            if posted is None:
                continue  # that a message cannot be changed stops no reminder
            crash.point("telegram.after_send")
            if isinstance(answer, BotError):
                result: Result = _failed(answer, posted, message, self._client)
            else:
                result = _there(posted, message, answer)
            self._closed |= isinstance(result, Retry) and result.everything
            self._results[message.effect] = result
            yield message


def _only_changes(message: Message) -> bool:
    """A group is not called again when time passes: the offer there says it."""
    return message.kind in ENDING or (message.kind == "reminder" and message.outlet is not None)


def _send(message: Message, client: Bot) -> Result:
    """1. Nobody to send it to, or sent already. 2. What only changes what is there. 3. The chat's turn. 4. Send."""
    if not message.to:
        return Dead("not linked", address=False)
    posted, before = _written_down(message)
    if posted.message is not None:
        return Done()
    if shut := client.limits.shut_for():
        return _not_tried(posted, before, Retry("429 Too Many Requests", shut, everything=True))
    try:
        if message.kind in ENDING and telegram_follow.end_turn(client, message):
            return _silent(posted)
        if message.kind == "reminder" and message.outlet is not None:
            telegram_follow.time_passes(client, message)
            return _silent(posted)  # a group is not called again
        if free_in := client.limits.chat_free_in(message.to):
            return _not_tried(posted, before, Wait(free_in))
        if message.kind == "reminder":
            telegram_follow.time_passes(client, message)
        with place(client.limits, message.to):
            answer = client.call("sendMessage", **_parameters(message, repeated=before))
    except BotError as error:
        return _failed(error, posted, message, client)
    crash.point("telegram.after_send")
    return _there(posted, message, answer)


def _not_tried(posted: Posted, before: bool, result: Result) -> Result:
    """What was not tried cannot be in the chat, so nothing says that it may be."""
    if not before:
        posted.delete()
    return result


def _there(posted: Posted, message: Message, answer: Any) -> Done:
    Posted.objects.filter(pk=posted.pk).update(message=answer["message_id"], running=message.kind in RUNNING)
    return Done()


def _silent(posted: Posted) -> Done:
    """Nothing new stands in the chat: what was there has changed."""
    Posted.objects.filter(pk=posted.pk).update(message=0)
    return Done()


def _written_down(message: Message) -> tuple[Posted, bool]:
    """Its row, and whether an attempt before may have reached the chat."""
    posted, made = Posted.objects.get_or_create(effect_id=message.effect, defaults=_row(message))
    return posted, not made


def _row(message: Message) -> dict[str, Any]:
    return {
        "company_id": message.company,
        "cycle_id": message.cycle,
        "turn_number": message.turn,
        "chat": message.to,
        "bot": bot_number(),
    }


def _failed(error: BotError, posted: Posted, message: Message, client: Bot) -> Result:
    """What a failure means for this message and for the others."""
    if not (isinstance(error, Unreachable) and error.doubtful):
        posted.delete()  # it is certain that nothing arrived
    if isinstance(error, Unreachable):
        return Retry(str(error), PAUSE, everything=True, doubtful=error.doubtful)
    if not isinstance(error, Refused):
        return Retry(str(error), PAUSE)
    if error.code == 429:
        pause = max(error.retry_after, 1.0)
        client.limits.shut(pause)
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
