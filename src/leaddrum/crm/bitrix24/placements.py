"""What our application leaves in a portal: event handlers, tabs in cards, the page in the menu, a robot and a trigger.

They vanish when the application is updated there, and an administrator may remove one. So what is there is compared
with what should be, after installing and at each start; only the difference is made (S-39: events are a convenience,
so what cannot be bound is said and nothing stops).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leaddrum.crm.bitrix24.answers import Later, Ok, Refused, Unknown
from leaddrum.crm.bitrix24.budget import MOST, Urgency
from leaddrum.crm.bitrix24.client import Call, Client

ROBOT, TRIGGER = "leaddrum", "leaddrum.missed"
TITLE = {"ru": "Барабан", "en": "LeadDrum"}
ROBOT_NAME = {"ru": "Барабан: посмотреть сейчас", "en": "LeadDrum: look now"}
ROBOT_WORDS = {
    "ru": "Лид, который ждёт во входящем этапе, сразу попадает в барабан, не дожидаясь обхода.",
    "en": "A lead that waits in an entry stage gets into its drum at once, without waiting for the sweep.",
}
TRIGGER_NAME = "LeadDrum: лид просрочен"
LEAD_EVENTS = ("ONCRMLEADADD", "ONCRMLEADUPDATE", "ONCRMLEADDELETE")
DEAL_EVENTS = ("ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE", "ONCRMDEALMOVETOCATEGORY")
DYNAMIC_EVENTS = ("ONCRMDYNAMICITEMADD", "ONCRMDYNAMICITEMUPDATE", "ONCRMDYNAMICITEMDELETE")
DONE = {"ERROR_ACTIVITY_ALREADY_INSTALLED", "ERROR_PLACEMENT_MAX_COUNT"}


class Failed(Exception):
    """The portal did not answer; what was bound stays."""


def bind(client: Client, home: str, entities: Iterable[int], queue: Mapping[str, Any] | None = None) -> list[str]:
    """Make what is missing.

    Args:
        home: our public address; empty: what needs none.
        entities: types that are watched, by their numbers.
        queue: how the portal's queue of offline events is to be bound; None: it is not.

    Returns:
        What the portal refused, in its words: a missing scope, say.

    Raises:
        Failed: it did not answer.
    """
    wanted = sorted(set(entities) | {1, 2})
    asked = ("event.get", "placement.get", "bizproc.robot.list", "crm.automation.trigger.list")
    there = [_told(reply) for reply in client.batch([Call(method) for method in asked], urgency=Urgency.NOTE)]
    calls = _trigger(there[3])
    if home:
        calls += _elsewhere(there[0], there[1], home)
    if queue is not None:
        calls += _queue(there[0], queue["connector"], wanted)
    if home:
        calls += [
            *_events(there[0], f"{home}/bitrix24/events", wanted),
            *_tabs(there[1], f"{home}/bitrix24/frame", wanted),
            *_robot(there[2], f"{home}/bitrix24/robot"),
        ]
    refused: list[str] = []
    for start in range(0, len(calls), MOST):
        some = calls[start : start + MOST]
        for call, reply in zip(some, client.batch(some, urgency=Urgency.NOTE, reads=False), strict=True):
            if isinstance(reply, Refused) and reply.code not in DONE and "already" not in reply.words.lower():
                refused.append(f"{call.method}: {reply}")
            elif isinstance(reply, Later | Unknown):
                raise Failed(reply.why)
    return refused


def _told(reply: object) -> list[Any]:
    """A list as the portal has it; what it does not show is taken for missing."""
    if isinstance(reply, Ok):
        return reply.value if isinstance(reply.value, list) else []
    if isinstance(reply, Later | Unknown):
        raise Failed(reply.why)
    return []


def _elsewhere(events: Sequence[Any], tabs: Sequence[Any], home: str) -> list[Call]:
    """What leads to an address that was ours: a tab in which nothing comes up, events that nobody hears."""
    handlers = ((each, str(each.get("handler") or "")) for each in events if str(each.get("offline", 0)) != "1")
    calls = [
        Call("event.unbind", {"event": str(each.get("event")), "handler": handler})
        for each, handler in handlers
        if handler.endswith("/bitrix24/events") and handler != f"{home}/bitrix24/events"
    ]
    for each in tabs:
        handler = str(each.get("handler") or "")
        if handler.endswith("/bitrix24/frame") and handler != f"{home}/bitrix24/frame":
            calls.append(Call("placement.unbind", {"PLACEMENT": str(each.get("placement")), "HANDLER": handler}))
    return calls


def _events(there: Sequence[Any], handler: str, entities: Sequence[int]) -> list[Call]:
    bound = {str(each.get("event", "")).upper() for each in there if each.get("handler") == handler}
    wanted = ["ONAPPUNINSTALL", *_changes(entities)]
    return [Call("event.bind", {"event": name, "handler": handler}) for name in wanted if name not in bound]


def _queue(there: Sequence[Any], connector: str, entities: Sequence[int]) -> list[Call]:
    """The same changes once more, kept in the portal until we ask for them."""
    bound = {str(each.get("event", "")).upper() for each in there if str(each.get("offline", 0)) == "1"}
    named = {"auth_connector": connector} if connector else {}
    shared = {"event_type": "offline", **named}
    return [Call("event.bind", {"event": name, **shared}) for name in _changes(entities) if name not in bound]


def _changes(entities: Sequence[int]) -> list[str]:
    several = DYNAMIC_EVENTS if any(entity > 2 for entity in entities) else ()
    return [*LEAD_EVENTS, *DEAL_EVENTS, *several]


def places(entities: Iterable[int]) -> list[str]:
    """Codes of the placements: a tab in each type's card, and the page in the left menu."""
    names = {1: "LEAD", 2: "DEAL"}
    return [*(f"CRM_{names.get(each, f'DYNAMIC_{each}')}_DETAIL_TAB" for each in entities), "LEFT_MENU"]


def _tabs(there: Sequence[Any], handler: str, entities: Sequence[int]) -> list[Call]:
    bound = {str(each.get("placement", "")) for each in there if each.get("handler") == handler}
    languages = {language: {"TITLE": title} for language, title in TITLE.items()}
    shared = {"HANDLER": handler, "TITLE": TITLE["ru"], "LANG_ALL": languages}
    return [Call("placement.bind", {"PLACEMENT": code, **shared}) for code in places(entities) if code not in bound]


def _robot(there: Sequence[Any], handler: str) -> list[Call]:
    if ROBOT in there:
        return [Call("bizproc.robot.update", {"CODE": ROBOT, "FIELDS": {"HANDLER": handler, "NAME": ROBOT_NAME}})]
    robot = {"CODE": ROBOT, "HANDLER": handler, "NAME": ROBOT_NAME, "DESCRIPTION": ROBOT_WORDS, "USE_SUBSCRIPTION": "N"}
    return [Call("bizproc.robot.add", robot)]


def _trigger(there: Sequence[Any]) -> list[Call]:
    if any(each.get("CODE") == TRIGGER for each in there if isinstance(each, dict)):
        return []
    return [Call("crm.automation.trigger.add", {"CODE": TRIGGER, "NAME": TRIGGER_NAME})]


def missed(entity: int, number: int) -> Call:
    """Fires the trigger “lead missed”, on which customers hang robots of their own."""
    return Call("crm.automation.trigger.execute", {"CODE": TRIGGER, "OWNER_TYPE_ID": entity, "OWNER_ID": number})
