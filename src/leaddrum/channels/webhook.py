"""A signed webhook: what happens to leads, posted to any program, or as text to Slack, Mattermost and their like.

The signature is that of Stripe's and others' webhooks: `LeadDrum-Signature: t=UNIX,v1=HEX`, HMAC-SHA256 with the
webhook's secret over `t.body`. A receiver that refuses old stamps cannot be shown a message twice; a repeat of ours has
the same `LeadDrum-Id`. No phone and no letter of a client is posted: who needs them asks the API.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson

from leaddrum import clock, sealed
from leaddrum.channels.base import Dead, Done, Message, Result, Retry, Wait
from leaddrum.channels.outside import Forbidden, Outside, Unanswered
from leaddrum.models import Outlet, Person

FIRST, LONGEST = 15.0, 900.0  # seconds before the second attempt, and before any later one at most
LATER = frozenset({408, 425, 429})  # of 4xx: not now


class Webhook:
    spacing = 0.0

    def address(self, person: Person) -> str:  # noqa: ARG002 - nobody has one: it is a company's
        return ""

    @contextmanager
    def open(self) -> Iterator[Callable[[Message], Result]]:
        down: dict[int, float] = {}  # those that did not answer a moment ago: the others shall not wait for them
        with Outside() as outside:
            yield lambda message: _send(message, outside, down)


def _send(message: Message, outside: Outside, down: dict[int, float]) -> Result:
    outlet = Outlet.objects.filter(pk=message.outlet or 0).first()
    if outlet is None:
        return Dead("this webhook was removed")
    if outlet.pk in down:
        return Wait(down[outlet.pk])
    text = body(message, outlet.shape)
    head = headers(text, secret_of(outlet), round(clock.now().timestamp()), message.key)
    pause = min(FIRST * 2.0**message.attempts, LONGEST)
    try:
        answer = outside.post(outlet.address, text, head)
    except Forbidden as error:
        return Dead(str(error), address=True)
    except Unanswered as error:
        down[outlet.pk] = pause
        return Retry(str(error), pause, doubtful=error.doubtful)
    if 200 <= answer.status < 300:
        return Done()
    if answer.status in LATER or answer.status >= 500:
        down[outlet.pk] = max(pause, answer.retry_after)
        return Retry(str(answer.status), down[outlet.pk])
    said = "redirects are not followed" if answer.status < 400 else answer.text[:100]
    return Dead(f"{answer.status} {said}".strip(), address=answer.status in {401, 403, 404, 410})


def body(message: Message, shape: str) -> bytes:
    """What is posted: everything as JSON, or one text."""
    notice = message.notice
    sentences = [f"{message.name}: {notice.subject}" if message.name else notice.subject, *notice.body]
    if shape == "text":
        return orjson.dumps({"text": "\n".join([*sentences, message.url])})
    return orjson.dumps(
        {
            "id": message.key,
            "kind": message.kind,
            "at": message.at,
            "person": message.name,
            "lead": message.lead,
            "turn": f"{message.cycle}-{message.turn}" if message.cycle and message.turn else None,
            "due_at": message.due_at,
            "subject": notice.subject,
            "text": "\n".join(notice.body),
            "url": message.url,
        }
    )


def secret_of(outlet: Outlet) -> str:
    """Made of the installation's key and the webhook's own salt: the database alone does not tell it."""
    return sealed.derived("webhook", outlet.pk, outlet.secret)


def headers(body: bytes, secret: str, stamp: int, key: str) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "user-agent": "LeadDrum",
        "leaddrum-id": key,
        "leaddrum-signature": f"t={stamp},v1={signature(body, secret, stamp)}",
    }


def signature(body: bytes, secret: str, stamp: int) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
