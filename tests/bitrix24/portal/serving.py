"""HTTP in, HTTP out: which portal, which access, which method; the limits and the faults on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlparse

from tests.bitrix24.portal import calls, methods, php
from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal, Reply
from tests.bitrix24.portal.cloud import Cloud
from tests.bitrix24.portal.faults import AFTER, Fault
from tests.bitrix24.portal.methods.batch import Cut
from tests.bitrix24.portal.state import Portal

assert methods.__all__  # importing them has registered them
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass
class Asked:
    """A request as it came. `address`: where from."""

    verb: str
    path: str
    query: str
    body: bytes
    kind: str
    address: str
    headers: Message = field(default_factory=Message)

    def params(self) -> dict[str, Any]:
        """Query and body together; the body wins.

        Raises:
            Refusal: it is no JSON.
        """
        found = php.decode(self.query)
        if not self.body:
            return found
        if "json" in self.kind:
            try:
                given = json.loads(self.body)
            except ValueError:
                raise Refusal(400, "INVALID_REQUEST", "Invalid JSON") from None
            return found | (given if isinstance(given, dict) else {})
        if "multipart" in self.kind:
            return found | php.nested(_parts(self.kind, self.body))
        return found | php.decode(self.body.decode("utf-8", "replace"))


def _parts(kind: str, body: bytes) -> list[tuple[str, str]]:
    from email.parser import BytesParser
    from email.policy import HTTP

    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    found = []
    for part in whole.iter_parts():
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        found.append((str(part.get_param("name", header="content-disposition")), text))
    return found


def answer(portal: Portal, asked: Asked) -> Reply:
    """One request to a portal, or to the authorization server that stands beside it."""
    parts = [part for part in asked.path.split("/") if part]
    if portal.moved_to:
        location = f"{portal.moved_to}{asked.path}" + (f"?{asked.query}" if asked.query else "")
        return Reply(302, b"<html>moved</html>", "text/html", {"Location": location})
    try:
        if parts[:2] == ["oauth", "token"]:
            return _token(portal.cloud, asked)
        if parts[:2] == ["oauth", "authorize"]:
            return _authorize(portal, asked)
        if parts[:2] == ["rest", "api"]:
            raise Refusal(404, "ERROR_METHOD_NOT_FOUND", "REST 3.0 has none of these methods")
        if parts[:1] != ["rest"] or len(parts) not in (2, 4):
            return Reply(404, b"<html>404 Not Found</html>", "text/html")
        return _rest(portal, asked, parts[1:])
    except Refusal as refusal:
        return _json(refusal.status, refusal.body())


def _token(cloud: Cloud | None, asked: Asked) -> Reply:
    if cloud is None or cloud.down:
        return Reply(502, PAGE, "text/html")
    return _json(200, cloud.answer(asked.params()))


def _authorize(portal: Portal, asked: Asked) -> Reply:
    """As if the first administrator had agreed; failures are shown to the user, not redirected."""
    params = asked.params()
    app = portal.apps.get(str(params.get("client_id", "")))
    if app is None or portal.cloud is None:
        return Reply(200, b"<html>Application not found</html>", "text/html")
    user = next(user.id for user in portal.users.values() if user.admin)
    query = {
        "code": portal.cloud.code(portal, app, user),
        "state": str(params.get("state", "")),
        "domain": portal.host,
        "member_id": portal.member_id,
        "scope": ",".join(sorted(app.scopes)),
        "server_domain": portal.cloud.url.partition("://")[2],
    }
    return Reply(302, b"", "text/html", {"Location": f"{app.handler}?{urlencode(query)}"})


def _rest(portal: Portal, asked: Asked, parts: list[str]) -> Reply:
    name = parts[-1].removesuffix(".json").lower()
    with portal.lock:
        portal.asked.append(name)
        if portal.deleted:
            raise Refusal(500, "PORTAL_DELETED", "Portal was deleted")
        if not portal.limits.admit(asked.address, portal.clock.now().timestamp()):
            raise Refusal(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
        fault = portal.faults.draw(name)
        if fault is not None and (fault.kind not in (*AFTER, "cut") or (fault.kind == "cut" and name != "batch")):
            return _failed(portal, fault)
        params = asked.params()
        caller = _caller(portal, asked, parts, params)
        begun = portal.worked
        portal.cut_after = fault.after if fault is not None and fault.kind == "cut" else None
        try:
            result, cost = calls.call(caller, name, params)
            reply = _json(200, calls.envelope(caller, calls.METHODS[name].name, result, cost))
        except Cut:
            return Reply(0, b"", cut=True)
        finally:
            portal.cut_after = None
            if portal.takes is not None:
                portal.takes(portal.worked - begun)
        return _after(fault, reply)


def _failed(portal: Portal, fault: Fault) -> Reply:
    """A fault before anything was done."""
    if fault.kind in ("drop_before", "cut"):
        return Reply(0, b"", cut=True)
    if fault.kind == "html":
        return Reply(502, PAGE, "text/html; charset=utf-8")
    if fault.kind == "limit":
        raise Refusal(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
    if fault.kind == "overload":
        raise Refusal(503, "OVERLOAD_LIMIT", "REST API is blocked due to overload.")
    if fault.kind == "operating":
        raise Refusal(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.")
    raise Refusal(500, "INTERNAL_SERVER_ERROR", "Internal server error")


def _after(fault: Fault | None, reply: Reply) -> Reply:
    """A fault after everything was done."""
    if fault is None:
        return reply
    if fault.kind == "drop_after":
        return Reply(0, b"", cut=True)
    if fault.kind == "html_after":
        return Reply(200, PAGE, "text/html; charset=utf-8")
    if fault.kind == "internal_after":
        return _json(500, Refusal(500, "INTERNAL_SERVER_ERROR", "Internal server error").body())
    reply.wait = fault.seconds
    return reply


def _caller(portal: Portal, asked: Asked, parts: list[str], params: dict[str, Any]) -> Caller:
    """Who calls.

    Raises:
        Refusal: nobody we know, or his access is over.
    """
    if not portal.plan_rest:
        raise Refusal(403, "ACCESS_DENIED", "REST API is available only on commercial plans.")
    now = portal.clock.now().timestamp()
    if len(parts) == 3:
        webhook = portal.webhooks.get(parts[1])
        if webhook is None or str(webhook.user) != parts[0]:
            raise Refusal(403, "INVALID_CREDENTIALS", "Invalid request credentials")
        if webhook.expires is not None and webhook.expires < now:
            raise Refusal(401, "expired_token", "The access token provided has expired.")
        user = portal.users[webhook.user]
        if not user.active:
            raise Refusal(403, "user_access_error", "The user does not have acces to the application.")
        return Caller(portal, user, f"webhook:{parts[1]}", webhook.scopes, address=asked.address)
    access = str(params.pop("auth", "") or asked.headers.get("Authorization", "").removeprefix("Bearer "))
    token = portal.cloud.tokens.get(access) if portal.cloud else None
    if not access or token is None or token.portal is not portal:
        raise Refusal(401, "NO_AUTH_FOUND", "Wrong authorization data")
    if token.expires < now:
        raise Refusal(401, "expired_token", "The access token provided has expired.")
    user = portal.users[token.user]
    if not user.active:
        raise Refusal(403, "user_access_error", "The user does not have acces to the application.")
    return Caller(portal, user, f"app:{token.app.client_id}", token.app.scopes, token.app, asked.address)


def _json(status: int, body: dict[str, Any]) -> Reply:
    return Reply(status, json.dumps(body, ensure_ascii=False).encode())


def path_of(target: str) -> tuple[str, str]:
    found = urlparse(target)
    return found.path, found.query
