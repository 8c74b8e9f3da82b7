"""Calls: from a method's name and parameters to its answer, with access, scope, limits and strictness."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.bitrix24.portal import answers
from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal, Result
from tests.bitrix24.portal.kinds import Kind

Params = dict[str, Any]
Run = Callable[[Caller, Params], Any]
Missing = Callable[[str], Refusal]


@dataclass(frozen=True)
class Method:
    """`folded`: names of parameters count in any case. `app`, `admin`: who may call it."""

    name: str
    scopes: tuple[str, ...]  # any of them; none: everybody
    run: Run
    required: Mapping[str, Kind]
    optional: Mapping[str, Kind]
    missing: Missing
    folded: bool = False
    app: Refusal | None = None
    admin: Refusal | None = None


METHODS: dict[str, Method] = {}


def lost(name: str) -> Refusal:
    return Refusal(400, "100", f"Could not find value for parameter {{{name}}}")


def method(
    name: str,
    *scopes: str,
    required: Mapping[str, Kind] | None = None,
    optional: Mapping[str, Kind] | None = None,
    missing: Missing = lost,
    folded: bool = False,
    app: Refusal | None = None,
    admin: Refusal | None = None,
) -> Callable[[Run], Run]:
    """Registers a method. `app`, `admin`: the refusal for a caller who is none."""

    def register(run: Run) -> Run:
        METHODS[name.lower()] = Method(name, scopes, run, required or {}, optional or {}, missing, folded, app, admin)
        return run

    return register


def call(caller: Caller, name: str, params: Params) -> tuple[Result, float]:
    """Run a method; its result and the portal's seconds it took.

    Raises:
        Refusal: as the portal answers it.
    """
    portal = caller.portal
    found = METHODS.get(name.lower())
    if found is None or name.lower() in portal.missing:
        raise Refusal(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")
    if found.scopes and not caller.scopes & set(found.scopes):
        raise Refusal(
            403, "insufficient_scope", "The request requires higher privileges than provided by the access token"
        )
    if found.app is not None and caller.app is None:
        raise found.app
    if found.admin is not None and not caller.admin:
        raise found.admin
    cost = portal.limits.cost(found.name.lower())
    billed = portal.limits.accounting != "batch" or found.name == "batch"
    now = portal.clock.now().timestamp()
    if billed and found.name != "batch" and portal.limits.exceeded(caller.access, found.name, now):
        raise Refusal(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.")
    checked = _checked(caller, found, params)
    portal.called.append((found.name, checked))
    if billed:
        portal.limits.spend(caller.access, found.name, cost, now)
    portal.worked += cost
    before = portal.source
    if portal.features["rest_auth_connector"] == "Y" and params.get("auth_connector"):
        portal.source = str(params["auth_connector"])
    try:
        value = found.run(caller, checked)
    finally:
        portal.source = before
    return value if isinstance(value, Result) else Result(value), cost


def _checked(caller: Caller, found: Method, params: Params) -> Params:
    """Every parameter known and of its kind.

    Raises:
        Refusal: one is missing, or (strict) nobody knows it, or it cannot be read.
    """
    known = {**found.required, **found.optional}
    ways = {name.upper(): name for name in known} if found.folded else {name: name for name in known}
    given: Params = {}
    for name, value in params.items():
        place = ways.get(name.upper() if found.folded else name)
        if place is not None:
            given[place] = value
        elif name.lower() not in ("auth", "sessid", "auth_connector", "halt" if found.name != "batch" else ""):
            _unknown(caller, f"{found.name}: no such parameter: {name}")
    checked: Params = {}
    for name, kind in known.items():
        value = given.get(name)
        if value is None or (value == "" and name in found.required):
            if name in found.required:
                raise found.missing(name)
            continue
        try:
            checked[name] = kind(value)
        except ValueError as error:
            raise Refusal(
                400,
                "100",
                f"Invalid value {json.dumps(value, default=str)[:80]} to match with parameter {{{name}}}. {error}",
            ) from None
    return checked


def _unknown(caller: Caller, complaint: str) -> None:
    caller.portal.complaints.append(complaint)
    if caller.portal.strict:
        raise Refusal(400, "STRICT_DOUBLE", complaint)


def envelope(caller: Caller, name: str, result: Result, cost: float) -> dict[str, Any]:
    """A call's answer as JSON."""
    body: dict[str, Any] = {"result": result.value}
    if result.next is not None:
        body["next"] = result.next
    if result.total is not None:
        body["total"] = result.total
    body["time"] = block(caller, name, cost)
    return body


def block(caller: Caller, name: str, cost: float, *, inner: bool = False) -> dict[str, Any]:
    """The `time` block; in the mode `batch` what is inside reads 0."""
    portal = caller.portal
    told = portal.limits.told(caller.access, name, cost, portal.clock.now().timestamp())
    if inner and told is not None and portal.limits.accounting == "batch":
        told = (0, told[1])
    return answers.times(portal.now(), cost, told)
