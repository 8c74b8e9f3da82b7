"""What a portal answers, as values: what came of a call is known, known to be nothing, or not known (S-40).

A status alone says little there: old methods answer 200 with an error, a gateway answers 200 with a page. So an answer
is judged by status, code and body together (bitrix24 documentation: `error-codes`, `limits`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

LIMIT_PAUSE = 2.0  # seconds after a refusal for the rate of requests
PARKED = 60.0  # seconds a method rests when its operating time is used up and the portal does not say until when
BLOCKED = 300.0  # seconds after a refusal that somebody has to lift


@dataclass(frozen=True, slots=True)
class Ok:
    """It was done. `following`: where the next page begins."""

    value: Any
    following: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The portal will not do it, now or later."""

    code: str
    words: str
    status: int = 400

    @property
    def lacking(self) -> bool:
        """The portal does not have this method: an older edition, or a module switched off."""
        return self.code.upper() == "ERROR_METHOD_NOT_FOUND"

    def __str__(self) -> str:
        return f"{self.code}: {self.words}" if self.code and self.words else self.code or self.words or "refused"


@dataclass(frozen=True, slots=True)
class Later:
    """Certainly not done. `closed`: the access or the whole portal, not only this call; somebody has to look."""

    why: str
    after: float = LIMIT_PAUSE
    closed: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Sent, and nobody knows whether it was done."""

    why: str


Reply = Ok | Refused | Later | Unknown

# The whole portal, or our access to it: nothing else will be answered either.
CLOSED = {
    "INVALID_CREDENTIALS": gettext_noop("the webhook is wrong, was revoked, or its secret was changed"),
    "NO_AUTH_FOUND": gettext_noop("the portal does not know this access"),
    "EXPIRED_TOKEN": gettext_noop("the access has expired"),
    "INVALID_GRANT": gettext_noop("the access was withdrawn: connect the portal again"),
    "USER_ACCESS_ERROR": gettext_noop("the employee whose access this is has no access any more (dismissed?)"),
    "PORTAL_DELETED": gettext_noop("the portal was deleted"),
    "PAYMENT_REQUIRED": gettext_noop("the portal's plan has run out"),
    "OVERLOAD_LIMIT": gettext_noop("Bitrix24 has blocked the portal's REST for overload: its support lifts that"),
    "METHOD_CONFIRM_WAITING": gettext_noop("an administrator of the portal has to confirm this access"),
    "ALLOWED_ONLY_INTRANET_USER": gettext_noop("the access belongs to somebody who is not an employee"),
}
NO_REST = gettext_noop("the portal's plan has no REST: a paid plan or a trial is needed")
_NOT_DONE = {"QUERY_LIMIT_EXCEEDED"}
_NOT_KNOWN = {"INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER"}


def judged(status: int, body: Any, *, retry_after: float | None = None) -> Reply:
    """One call's answer. `body`: what the JSON says, None when it was none."""
    if not isinstance(body, dict):
        return _no_json(status)
    if "error" in body:
        return _error(status, str(body["error"] or ""), str(body.get("error_description") or ""), retry_after)
    if status >= 500:
        return Unknown(f"status {status}")
    if "result" not in body:
        return Unknown("an answer without a result")
    following = body.get("next")
    return Ok(body["result"], following if isinstance(following, int) else None)


def _no_json(status: int) -> Reply:
    if status in {301, 302, 303, 307, 308}:
        return Later("the portal has moved and does not say where", BLOCKED, closed=True)
    if status == 429:
        return Later("too many requests", PARKED)
    if 400 <= status < 500:
        return Later(f"no Bitrix24 REST answers at this address (status {status})", BLOCKED, closed=True)
    return Unknown(f"a page instead of an answer (status {status})")


def _error(status: int, code: str, words: str, retry_after: float | None) -> Reply:
    name = code.upper()
    if name in _NOT_DONE:
        return Later(f"{code}: too many requests", retry_after or LIMIT_PAUSE, code=name)
    if name == "OPERATION_TIME_LIMIT" or status == 429:
        return Later(f"{code}: the portal's working time for this method is used up", retry_after or PARKED, code=name)
    if name in CLOSED:
        return Later(f"{code}: {CLOSED[name]}", BLOCKED, closed=True, code=name)
    if name == "ACCESS_DENIED" and "commercial plan" in words:
        return Later(NO_REST, BLOCKED, closed=True, code=name)
    if name in _NOT_KNOWN or (status >= 500 and not name.startswith("ERROR_METHOD")):
        return Unknown(f"{code or status}: {words}".rstrip(": "))
    return Refused(code, words, status)
