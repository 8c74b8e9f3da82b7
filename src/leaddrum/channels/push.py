"""Web push: a notice in each of his browsers, also when no page is open. No third party's account: browsers' push
services take messages of whoever the browser subscribed to (RFC 8030), sealed so that only that browser reads them
(RFC 8291)."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings

from leaddrum import links
from leaddrum.channels import push_keys
from leaddrum.channels.base import Dead, Done, Message, Result, Retry
from leaddrum.channels.outside import Forbidden, Outside, Unanswered
from leaddrum.engine import ways
from leaddrum.models import Person, Reach

PAUSE = 15.0  # seconds before a message that was put off is tried again
KEPT = 3600  # seconds a push service keeps what is about no deadline
SHOWN = 300  # characters of the sentences; the whole must fit into 4 KB
GONE = frozenset({404, 410})  # RFC 8030 7.3: this browser has unsubscribed


class Push:
    spacing = 0.02

    def address(self, person: Person) -> str:
        return str(person.pk) if Reach.objects.filter(person=person, channel="push").exists() else ""

    @contextmanager
    def open(self) -> Iterator[Callable[[Message], Result]]:
        with Outside() as outside:
            yield lambda message: _send(message, outside)


def _send(message: Message, outside: Outside) -> Result:
    """To all of his browsers; delivered when one of them has it. Those that are gone are forgotten."""
    results = [
        _to_browser(message, reach, outside) for reach in Reach.objects.filter(person=message.person, channel="push")
    ]
    for kind in (Done, Retry, Dead):
        for result in results:
            if isinstance(result, kind):
                return result
    return Dead("no browser is subscribed any more")


def _to_browser(message: Message, reach: Reach, outside: Outside) -> Result:
    try:
        body, headers = sealed(message, reach)
        answer = outside.post(reach.address, body, headers)
    except (ValueError, Forbidden) as error:
        return Dead(f"{type(error).__name__}: {error}"[:200])
    except Unanswered as error:
        return Retry(str(error), PAUSE, doubtful=error.doubtful)
    if answer.status in GONE:
        ways.unlink(message.person, "push", address=reach.address, now=message.at or reach.created_at)
        return Dead(f"{answer.status}: this browser has unsubscribed")
    if 200 <= answer.status < 300:
        return Done()
    if answer.status == 429 or answer.status >= 500:
        return Retry(str(answer.status), max(PAUSE, answer.retry_after))
    return Dead(f"{answer.status} {answer.text[:100]}")


def sealed(message: Message, reach: Reach) -> tuple[bytes, dict[str, str]]:
    """The message for one browser, encrypted, and the headers that say from whom it is and how long it is worth.

    Raises:
        ValueError: its keys are none.
    """
    from webpush import WebPush
    from webpush.types import WebPushSubscription

    subscription = WebPushSubscription.model_validate({"endpoint": reach.address, "keys": reach.secret})
    kept = KEPT if message.due_at is None or message.at is None else _left(message.at, message.due_at)
    writer = WebPush(push_keys.private(), push_keys.public(), subscriber=sender(), ttl=kept)
    made = writer.get(json.dumps(payload(message), ensure_ascii=False), subscription)
    # Of one turn only the newest message is worth anything to a browser that was off.
    topic = urlsafe_b64encode(hashlib.sha256(tag(message).encode()).digest())[:32].decode()
    headers = {str(name): str(value) for name, value in made.headers.items()}
    return made.encrypted, {**headers, "urgency": "high", "topic": topic, "content-type": "application/octet-stream"}


def _left(at: datetime, due_at: datetime) -> int:
    return max(60, min(KEPT * 24, round((due_at - at).total_seconds())))


def payload(message: Message) -> dict[str, Any]:
    """What the service worker shows. A locked screen shows it too: no phone, no letter of the client."""
    rows = [f"{row.at} {row.what}" for row in message.notice.rows]
    body = "\n".join([*(() if rows else message.notice.body), *rows])
    return {"title": message.notice.subject[:200], "body": body[:SHOWN], "url": message.url, "tag": tag(message)}


def tag(message: Message) -> str:
    """Notices of one tag replace each other: an offer, its reminders, its end."""
    return f"turn-{message.cycle}-{message.turn}" if message.cycle and message.turn else message.key


def sender() -> str:
    """Whom a push service may write to (RFC 8292 2.1): the sender of the mails."""
    address = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> ")
    return address if "." in address.rpartition("@")[2] else f"leaddrum@{_host()}"


def _host() -> str:
    host = links.public_url().partition("//")[2].partition("/")[0].partition(":")[0]
    return host if "." in host and not host.replace(".", "").isdigit() else "example.com"
