"""Asking a portal: one connection, one budget, and every answer a value.

- A request is sent once. What certainly was not done says so; what may have been done says that, and nobody repeats it
  blindly (S-40). Only readings that got lost are asked again, once.
- Redirects are not followed as a browser does: it would turn the question into another one. A renamed portal answers
  302, and the same question is put to the new address.
- The address of a webhook is a secret: it stands in no log, no error and no exception.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

import httpx
import orjson

from leaddrum import __version__
from leaddrum.crm.bitrix24.address import WrongAddress, check_scheme, is_loopback
from leaddrum.crm.bitrix24.answers import BLOCKED, LIMIT_PAUSE, PARKED, Later, Ok, Refused, Reply, Unknown, judged
from leaddrum.crm.bitrix24.budget import MOST, Budget, Urgency
from leaddrum.crm.bitrix24.query import encoded

TIMEOUT = httpx.Timeout(65.0, connect=10.0, pool=10.0)  # a portal cuts a request off after 60 seconds
RENAMES = 2
LARGEST = 64 * 1024 * 1024  # bytes of one answer
for _name in ("httpx", "httpcore"):  # they log addresses, and ours hold a secret
    logging.getLogger(_name).setLevel(logging.WARNING)


class Access(Protocol):
    """As whom we ask: an employee's webhook, or an application's token."""

    base: str  # https://portal/rest/
    user: int  # who that is in the portal, as the access itself says
    application: bool  # an application's token, not a webhook

    def url(self, method: str) -> str: ...

    def signed(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with what proves who asks."""

    def renew(self) -> bool:
        """The token has expired: get another one. False: this access cannot be renewed."""

    def moved(self, base: str) -> None:
        """The portal has another address from now on."""

    def hidden(self, text: str) -> str:
        """The text without the secret."""


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Client:
    """Not for several threads at once."""

    def __init__(self, access: Access, budget: Budget, http: httpx.Client | None = None) -> None:
        self.access, self.budget = access, budget
        self.requests = 0
        self._http = http or opened(access.base)

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        urgency: Urgency = Urgency.NOTE,
        reads: bool = True,
    ) -> Reply:
        """One call in one request. `reads`: it changes nothing, so a lost answer is asked for again, once."""
        return self._asked(method, params or {}, urgency, reads)[0]

    def timed(
        self, method: str, params: Mapping[str, Any], *, urgency: Urgency = Urgency.NOTE
    ) -> tuple[Reply, Mapping[str, Any]]:
        """A reading, with the `time` block that came with it."""
        return self._asked(method, params, urgency, True)

    def batch(self, calls: Sequence[Call], *, urgency: Urgency = Urgency.NOTE, reads: bool = True) -> list[Reply]:
        """At most fifty calls in one request, in their order; an answer for each.

        Calls whose method has used up its operating time are not sent: the others are.
        """
        if len(calls) > MOST:
            raise ValueError(f"{len(calls)} calls: at most {MOST} in one batch")
        resting = self.budget.parked({call.method for call in calls})
        going = [call for call in calls if call.method not in resting]
        answered = iter(self._batch(going, urgency, reads) if going else ())
        return [
            Later("its operating time is used up", resting[call.method], code="PARKED")
            if call.method in resting
            else next(answered)
            for call in calls
        ]

    def _batch(self, calls: Sequence[Call], urgency: Urgency, reads: bool) -> list[Reply]:
        commands = {
            f"c{place}": f"{call.method}?{encoded(call.params)}" if call.params else call.method
            for place, call in enumerate(calls)
        }
        whole, times = self._asked("batch", {"halt": 0, "cmd": commands}, urgency, reads)
        if not isinstance(whole, Ok):
            if isinstance(whole, Refused):
                whole = Later(f"batch: {whole}", BLOCKED, closed=True, code=whole.code.upper())
            return [whole] * len(calls)
        replies = _unpacked(whole.value, len(calls))
        inner = {calls[place].method: time for place, time in _times(whole.value) if place < len(calls)}
        self.budget.heard(inner | {"batch": times})
        for call, reply in zip(calls, replies, strict=True):
            if isinstance(reply, Later) and reply.code == "OPERATION_TIME_LIMIT":
                self.budget.park(call.method, reply.after, None)
        return replies

    def _asked(
        self, method: str, params: Mapping[str, Any], urgency: Urgency, reads: bool
    ) -> tuple[Reply, Mapping[str, Any]]:
        """Ask; renew the access once; repeat a lost reading once."""
        renewed = repeated = False
        while True:
            resting = self.budget.parked((method,))
            if resting:
                return Later("its operating time is used up", resting[method], code="PARKED"), {}
            pause = self.budget.admitted(urgency)
            if pause > 0:
                return Later("the portal's budget is used up for now", pause, code="BUDGET"), {}
            reply, time = self._sent(method, params)
            if isinstance(reply, Later) and reply.code == "EXPIRED_TOKEN" and not renewed and self.access.renew():
                renewed = True
            elif isinstance(reply, Unknown) and reads and not repeated:
                repeated = True
            else:
                return reply, time

    def _sent(self, method: str, params: Mapping[str, Any]) -> tuple[Reply, Mapping[str, Any]]:
        """One request, or the same one again where a renamed portal says it is now."""
        home = self.access.base
        try:
            for _ in range(RENAMES + 1):
                self.requests += 1
                answer = self._http.post(
                    self.access.url(method),
                    content=orjson.dumps(self.access.signed(params)),
                    headers={"Content-Type": "application/json"},
                )
                body = _json(answer)
                if answer.is_redirect and not isinstance(body, dict):
                    if self._follows(answer, method):
                        continue
                    return Later("the portal has moved to an address that cannot be used", BLOCKED, closed=True), {}
                if self.access.base != home and isinstance(body, dict) and body.keys() & {"result", "error"}:
                    home = self.access.base  # a portal answers there, and no page that says sorry
                    self.access.moved(home)
                return self._heard(method, answer, body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            return Later(self._told("no connection", error), LIMIT_PAUSE, code="CONNECTION"), {}
        except httpx.HTTPError as error:
            return Unknown(self._told("no answer", error)), {}
        finally:
            self.access.base = home
        return Later("the portal sends us from address to address", BLOCKED, closed=True), {}

    def _heard(self, method: str, answer: httpx.Response, body: Any) -> tuple[Reply, Mapping[str, Any]]:
        time = body.get("time") if isinstance(body, dict) else None
        time = time if isinstance(time, dict) else {}
        reply = judged(answer.status_code, body, retry_after=_seconds(answer.headers.get("retry-after")))
        if isinstance(reply, Later) and reply.code == "QUERY_LIMIT_EXCEEDED":
            self.budget.full(reply.after)
        elif isinstance(reply, Later) and reply.code == "OPERATION_TIME_LIMIT":
            until = time.get("operating_reset_at")
            self.budget.park(method, reply.after or PARKED, float(until) if isinstance(until, int | float) else None)
        if time and method != "batch":
            self.budget.heard({method: time})
        if isinstance(reply, Refused):
            reply = Refused(reply.code, self.access.hidden(reply.words), reply.status)
        return reply, time

    def _follows(self, answer: httpx.Response, method: str) -> bool:
        """Whether the portal has said where it is now; the next request goes there."""
        old = self.access.url(method)
        new = urljoin(old, answer.headers.get("location", ""))
        parts, before = urlsplit(new), urlsplit(old)
        try:
            check_scheme(parts.scheme, parts.hostname or "")
        except WrongAddress:
            return False
        if not parts.netloc or (parts.scheme, parts.netloc) == (before.scheme, before.netloc):
            return False
        self.access.base = f"{parts.scheme}://{parts.netloc}{urlsplit(self.access.base).path}"
        return True

    def _told(self, what: str, error: Exception) -> str:
        return self.access.hidden(f"{what} ({type(error).__name__}: {error})".replace(": )", ")"))


def opened(base: str) -> httpx.Client:
    """A connection that is kept. Proxies of the surroundings are for other machines than this one."""
    headers = {"Accept": "application/json", "User-Agent": f"LeadDrum/{__version__}"}
    away = not is_loopback(urlsplit(base).hostname or "")
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers=headers, trust_env=away)


def _json(answer: httpx.Response) -> Any:
    if len(answer.content) > LARGEST:
        return None
    try:
        found = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return None
    return _without_nul(found) if b"\\u0000" in answer.content else found


def _without_nul(value: Any) -> Any:
    """PostgreSQL keeps none, and one in a lead's title must not stop the others."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    return {key: _without_nul(one) for key, one in value.items()} if isinstance(value, dict) else value


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdigit() and int(text) <= 3600 else None


def _unpacked(value: Any, count: int) -> list[Reply]:
    """The answer to each command. PHP writes an empty map as a list; one that is in neither may have been done."""
    found, errors, following = (_map(value, name) for name in ("result", "result_error", "result_next"))
    replies: list[Reply] = []
    for place in range(count):
        key = f"c{place}"
        if key in errors:
            error = errors[key] if isinstance(errors[key], dict) else {"error": str(errors[key])}
            replies.append(judged(400, {"error": "", **error}))
        elif key in found:
            page = following.get(key)
            replies.append(Ok(found[key], page if isinstance(page, int) else None))
        else:
            replies.append(Unknown("the batch has no answer for it"))
    return replies


def _times(value: Any) -> list[tuple[int, Mapping[str, Any]]]:
    times = _map(value, "result_time")
    return [(int(key[1:]), time) for key, time in times.items() if key[1:].isdigit() and isinstance(time, dict)]


def _map(value: Any, name: str) -> dict[str, Any]:
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}
