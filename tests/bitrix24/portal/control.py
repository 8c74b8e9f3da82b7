"""The control interface of the program: what tests in other languages need to work the portal as people do.

`POST /_portal/VERB` with a JSON object of arguments; the answer is JSON. The verbs are in `VERBS` and in the README.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tests.bitrix24.portal.answers import Reply
from tests.bitrix24.portal.serving import Asked
from tests.bitrix24.portal.state import Portal

ROOT = "/_portal/"
Verb = Callable[..., Any]


def answer(portal: Portal, asked: Asked) -> Reply:
    name = asked.path.removeprefix(ROOT).strip("/")
    verb = VERBS.get(name)
    if verb is None:
        return _json(404, {"error": "no such verb", "verbs": sorted(VERBS)})
    try:
        given = json.loads(asked.body) if asked.body else {}
        with portal.lock:
            return _json(200, {"result": verb(portal, **given)})
    except (TypeError, ValueError, KeyError, StopIteration) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _json(status: int, body: dict[str, Any]) -> Reply:
    return Reply(status, json.dumps(body, ensure_ascii=False, default=str).encode())


def _lead(portal: Portal, count: int = 1, by: int = 0, **values: Any) -> list[int]:
    if count > 1:
        return portal.import_(count, by=by, **values)
    return [portal.lead(by=by, **values)]


def _press(portal: Portal, message: int, button: str, by: int) -> bool:
    return portal.press(portal.chat.messages[message], button, by=by)


def _fault(portal: Portal, kind: str, method: str = "*", times: int = 1, after: int = 0, seconds: float = 0) -> None:
    portal.faults.plan(kind, method, times, after=after, seconds=seconds)


def _clock(portal: Portal, forward: float = 0, at: str = "") -> str:
    if at:
        portal.clock.set(datetime.fromisoformat(at))
    return portal.clock.forward(forward).isoformat()


def _state(portal: Portal) -> dict[str, Any]:
    """Everything that is in the portal."""
    return {
        "now": portal.now(),
        "users": [asdict(user) for user in portal.users.values()],
        "departments": [asdict(each) for each in portal.departments.values()],
        "items": {number: list(items.values()) for number, items in portal.crm.items.items()},
        "notes": [asdict(note) for note in portal.crm.notes],
        "activities": [asdict(each) for each in portal.crm.activities],
        "notices": [asdict(notice) for notice in portal.chat.notices],
        "messages": [asdict(message) for message in portal.chat.messages.values()],
        "lists": {
            each.code: [each.row(element) for element in each.elements.values()] for each in portal.lists.values()
        },
    }


def _counts(portal: Portal) -> dict[str, Any]:
    return {
        "requests": len(portal.asked),
        "calls": len(portal.called),
        "refused_for_rate": portal.limits.refused,
        "faults": dict(portal.faults.happened),
        "events": dict(portal.delivery.counts) if portal.delivery else {},
        "complaints": portal.complaints[-20:],
    }


def _limits(portal: Portal, **values: Any) -> None:
    for name, value in values.items():
        if name not in ("rate", "burst", "operating", "accounting"):
            raise ValueError(name)
        setattr(portal.limits, name, value)


def _user(portal: Portal, user: int, name: str, **values: Any) -> None:
    portal.user(user, name, **values)


VERBS: dict[str, Verb] = {
    "state": _state,
    "counts": _counts,
    "webhook": lambda portal, user=1, **given: portal.webhook(user, **given),
    "user": _user,
    "lead": _lead,
    "move": lambda portal, item, stage, by, entity=1: portal.move(item, stage, by=by, entity=entity),
    "assign": lambda portal, item, to, by, entity=1: portal.assign(item, to, by=by, entity=entity),
    "delete": lambda portal, item, by, entity=1: portal.delete(item, by=by, entity=entity),
    "press": _press,
    "dismiss": lambda portal, user: portal.dismiss(user),
    "fault": _fault,
    "chance": lambda portal, seed=1, **chances: portal.faults.chance(seed, **chances),
    "events": lambda portal, **chances: portal.delivery.chaos(**chances),
    "limits": _limits,
    "clock": _clock,
}
