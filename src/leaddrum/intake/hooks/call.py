"""One call of a hook: what came, and what may prove who sent it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl

import orjson
from django.utils.translation import gettext as _

from leaddrum import engine, sealed
from leaddrum.intake import clean, ways
from leaddrum.intake.problems import Problem, Unreadable
from leaddrum.models import Way

LARGEST = 256 * 1024  # bytes of a body
MOST = 200  # values of a payload that are looked at
DEEPEST = 8
TOKEN_FIELD = "leaddrum_token"  # noqa: S105 - a name: where a sender that knows no headers puts the secret


@dataclass(frozen=True, slots=True)
class Call:
    body: bytes
    headers: Mapping[str, str]  # names in small letters
    query: Mapping[str, str]
    at: datetime | None = None  # when it was received, if it had to wait

    @property
    def json(self) -> bool:
        kind = self.headers.get("content-type", "").lower()
        return "json" in kind or (not kind.startswith("application/x-www-form") and self.body.lstrip()[:1] in b"{[")

    def data(self) -> dict[str, Any]:
        """The payload: a JSON object or a form.

        Raises:
            Unreadable: it is neither.
        """
        if not self.json:
            return self.form()
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise Unreadable([Problem("body", _("This is not JSON: %s") % error)]) from error
        if not isinstance(found, dict):
            raise Unreadable([Problem("body", _("This must be an object of names and values."))])
        return found

    def form(self) -> dict[str, Any]:
        """
        Raises:
            Unreadable: it is no form.
        """
        try:
            pairs = parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST)
        except ValueError as error:
            raise Unreadable([Problem("body", _("Too many: at most %(most)s.") % {"most": MOST})]) from error
        return dict(pairs)


@dataclass(frozen=True, slots=True)
class Nothing:
    """The call says nothing that a lead or a contact could be made of: an event we have no use for, a test."""

    why: str = "event"


Heard = engine.Arrival | engine.Contact | Nothing


class Format(Protocol):
    """How one kind of sender speaks."""

    def proves(self, way: Way, call: Call) -> bool:
        """Whether it is who it says; compared in constant time."""

    def hears(self, way: Way, call: Call) -> Iterator[Heard]:
        """What it says.

        Raises:
            Unreadable: nothing can be made of it.
        """

    def answers(self, call: Call, outcome: str) -> Any:
        """What it expects to hear back, as JSON; a text is sent as it is."""

    def sample(self, way: Way) -> Call:
        """A call as this sender would make it, signed: for the button that sends a test lead."""


def same(one: str, other: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def signature(secret: str, body: bytes) -> str:
    """What our own signature's header holds: ``sha256=`` and the HMAC of the body in hex."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed_or_told(way: Way, call: Call) -> bool:
    """It signs the body (X-LeadDrum-Signature), or, where it cannot, sends the secret itself: in X-LeadDrum-Token, as a
    bearer token, or as a field of the form."""
    secret = ways.secret_of(way)
    sent = call.headers.get("x-leaddrum-signature")
    if sent is not None:
        return same(sent.strip().lower(), signature(secret, call.body))
    told = call.headers.get("x-leaddrum-token") or call.headers.get("authorization", "").removeprefix("Bearer ")
    if told:
        return same(told.strip(), secret)
    try:
        return same(str(call.data().get(TOKEN_FIELD, "")), secret)
    except Unreadable:
        return False


def unread(way: Way, body: bytes) -> dict[str, str]:
    """A call nothing can be made of, as it came, but for the secrets that proved its sender: those who run the company
    read it, and operators."""
    try:
        given = list(sealed.unseal(way.sealed).values())
    except sealed.UnreadableError:
        given = []  # then none of them proved anybody
    text = body.decode("utf-8", "replace")
    for secret in filter(None, (ways.secret_of(way), *given)):
        text = text.replace(secret, "…")
    return {"raw": text[: ways.RAW]}


def flat(value: Any, prefix: str = "", depth: int = DEEPEST) -> Iterator[tuple[str, Any]]:
    """The plain values of a payload with their paths, as "client.phone"; lists of plain values stay lists."""
    if isinstance(value, dict) and depth:
        for key, inner in list(value.items())[:MOST]:
            path = f"{prefix}.{key}" if prefix else str(key)
            yield from flat(inner, path, depth - 1)
    elif isinstance(value, list) and depth and any(isinstance(item, dict | list) for item in value):
        for number, inner in enumerate(value[:20]):
            yield from flat(inner, f"{prefix}.{number}", depth - 1)
    elif value is not None and value != "":
        yield clean.one_line(prefix)[:200], value
