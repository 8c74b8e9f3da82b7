"""The portal as a channel: the bell for every notice, and for an offer the bot's message with its buttons.

A notice about the same lead replaces the one before (`TAG`), so the bell shows how things stand. Many go in one
request: `gather` sends them, and each is then asked for its result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from leaddrum.channels.base import Dead, Done, Message, Result, Retry, Wait
from leaddrum.company.portal import from_plain
from leaddrum.crm.bitrix24 import bot, clients
from leaddrum.crm.bitrix24.access import NoAccess
from leaddrum.crm.bitrix24.answers import Later, Ok, Refused, Reply, Unknown
from leaddrum.crm.bitrix24.budget import MOST, Urgency
from leaddrum.crm.bitrix24.client import Call
from leaddrum.crm.bitrix24.keys import card_path, item_of
from leaddrum.crm.bitrix24.reached import CHANNEL
from leaddrum.crm.bitrix24.telling import plain
from leaddrum.models import Lead, Person, Portal, Reach

CLIENT = "leaddrum"  # whose tags these are, for an access without an application
NOTIFY = "im.notify.system.add"
WAITS = {"BUDGET", "PARKED", "QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT"}  # nothing is wrong with the way
AGAIN = 30.0  # seconds before a notice of which nothing is known is tried once more


class Notices:
    spacing = 0.0
    together = 200  # notices in one go

    def address(self, person: Person) -> str:
        reach = Reach.objects.filter(person=person, channel=CHANNEL).values_list("address", flat=True)
        return reach.first() or ""

    @contextmanager
    def open(self) -> Iterator[Callable[[Message], Result]]:
        yield _Sending()


class _Sending:
    """Messages of one round; what came of each is kept until it is asked for."""

    def __init__(self) -> None:
        self._results: dict[int, Result] = {}

    def __call__(self, message: Message) -> Result:
        if message.effect not in self._results:
            self._of(message.company, [message])
        return self._results.pop(message.effect)

    def gather(self, messages: Iterable[Message]) -> Iterator[Message]:
        for company, some in groupby(messages, key=lambda message: message.company):
            together = list(some)
            self._of(company, together)
            yield from together

    def _of(self, company: int, messages: list[Message]) -> None:
        portal = Portal.objects.select_related("company").filter(company=company).first()
        settings = from_plain(portal.settings) if portal else None
        if portal is None or settings is None:
            self._all(messages, Dead("the portal is not connected"))
        elif settings.watch_only:
            self._all(messages, Done())
        else:
            try:
                self._send(portal, messages)
            except NoAccess as error:
                self._all(messages, Retry(str(error), 60.0, everything=True))

    def _all(self, messages: Sequence[Message], result: Result) -> None:
        self._results |= {message.effect: result for message in messages}

    def _send(self, portal: Portal, messages: list[Message]) -> None:
        """
        Raises:
            NoAccess: nothing is there to get into the portal with.
        """
        client = clients.of(portal)
        keys = dict(Lead.objects.filter(pk__in={m.lead for m in messages if m.lead}).values_list("pk", "crm_key"))
        calls: list[tuple[Message, Call]] = []
        for message in messages:
            calls += [(message, call) for call in _calls(portal, message, keys.get(message.lead or 0) or "")]
        replies: dict[int, list[Reply]] = {}
        for start in range(0, len(calls), MOST):
            some = calls[start : start + MOST]
            answered = client.batch([call for _, call in some], urgency=Urgency.NOTICE, reads=False)
            for (message, _call), reply in zip(some, answered, strict=True):
                replies.setdefault(message.effect, []).append(reply)
        self._results |= {effect: _result(found) for effect, found in replies.items()}


def _calls(portal: Portal, message: Message, key: str) -> Iterator[Call]:
    words = message.notice
    about = [f"{what}: {value}" for what, value in words.about]
    lines = [plain(line) for line in (words.subject, *words.body, *about)]
    if key:
        bell = [*lines, f"[URL={card_path(*item_of(key))}]{plain(words.subject)}[/URL]"]
        tags = {"TAG": f"LEADDRUM|{key}|{message.to}", "SUB_TAG": f"LEADDRUM|{key}"}
    else:
        bell, tags = lines, {"TAG": f"LEADDRUM|{message.key}|{message.to}"}
    bell[0] = f"[B]{bell[0]}[/B]"
    client = {} if portal.application else {"CLIENT_ID": CLIENT}
    yield Call(NOTIFY, {"USER_ID": int(message.to), "MESSAGE": "\n".join(bell), **tags, **client})
    if message.kind == "offer" and message.cycle and key and portal.bot.get("id"):
        text = "\n".join([f"[B]{lines[0]}[/B]", *lines[1:]])
        yield bot.offer(portal, int(message.to), text, message.cycle, message.turn, key, declines=message.declines)


def _result(replies: Sequence[Reply]) -> Result:
    """The bell decides; the bot's message is one more way. Nothing is repeated because of the bot alone."""
    bell = replies[0]
    match bell:
        case Ok(value) if value in (False, None):
            return Dead("the portal does not know him as an active user", address=True)
        case Ok():
            return Done()
        case Refused(code) if code == "USER_ID_EMPTY":
            return Dead(str(bell), address=True)
        case Refused():
            return Dead(str(bell))
        case Later(_why, after, code=code) if code in WAITS:
            return Wait(after)
        case Later(why, after):
            return Retry(why, after, everything=True)
        case Unknown(why):
            return Retry(why, AGAIN, doubtful=True)
