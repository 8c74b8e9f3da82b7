"""The same hand-overs by others' clients, against the same double: one call after the other as in the documentation's
examples, by `fast-bitrix24`, and by the official `b24pysdk`.

Each hand-over is six calls: read the lead, set its owner, write the journal's element, tell two people, leave a note.
None of the clients looks whether it was done already. The clock runs with the machine, so that their own pauses count,
and goes on by the seconds that the portal works.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from b24pysdk import BitrixWebhook
from fast_bitrix24 import Bitrix
from tests.bitrix24 import office
from tests.bitrix24.asking import ask
from tests.bitrix24.portal import Portal as Double
from tests.bitrix24.portal import Server

from benchmarks.frame import Row
from leaddrum.crm.bitrix24 import journal
from leaddrum.crm.bitrix24.access import ByWebhook
from leaddrum.crm.bitrix24.address import webhook
from leaddrum.crm.bitrix24.books import InMemory
from leaddrum.crm.bitrix24.client import Client

CALLS, TOGETHER = 6, 50
FEW = 60  # hand-overs with lost answers
LOST = 0.05  # of the answers
Calls = list[tuple[str, dict[str, Any]]]
Run = Callable[[Double, str, list[int]], None]


def hand_over(number: int) -> Calls:
    element = {**journal.LIST, "ELEMENT_CODE": f"miss-{number}", "FIELDS": {"NAME": f"Лид {number}"}}
    return [
        ("crm.item.get", {"entityTypeId": 1, "id": number}),
        ("crm.item.update", {"entityTypeId": 1, "id": number, "fields": {"assignedById": 31}}),
        ("lists.element.add", element),
        ("im.notify.system.add", {"USER_ID": 27, "MESSAGE": f"Просрочен лид {number}"}),
        ("im.notify.system.add", {"USER_ID": 31, "MESSAGE": f"Вам лид {number}"}),
        (
            "crm.timeline.comment.add",
            {"fields": {"ENTITY_ID": number, "ENTITY_TYPE": "lead", "COMMENT": f"Передан {number}"}},
        ),
    ]


def one_by_one(served: Double, hook: str, numbers: list[int]) -> None:
    """A call at a time; one that is refused for the rate, or lost, is made again after a second."""
    for number in numbers:
        for method, params in hand_over(number):
            for _ in range(100):
                try:
                    if ask(hook, method, params)[0] != 503:
                        break
                except OSError:
                    pass
                served.clock.forward(1)


def fast(served: Double, hook: str, numbers: list[int]) -> None:
    """Each step for all leads, in batches that it makes itself."""
    served.strict = False  # it sends `__order`
    client = Bitrix(hook, verbose=False)
    for step in range(CALLS):
        calls = [hand_over(number)[step] for number in numbers]
        client.call(calls[0][0], [params for _, params in calls])


def official(served: Double, hook: str, numbers: list[int]) -> None:
    """Batches of fifty by hand, whole hand-overs after each other; a batch that is lost is sent again."""
    module = importlib.import_module("b24pysdk.api.callers.call_method")
    caller = module._MethodCaller  # noqa: SLF001  # it speaks https only; this is the one property that says so
    caller._base_url = property(lambda call: f"http://{call._domain}/rest")  # noqa: SLF001
    token = BitrixWebhook(domain=served.host, webhook_token="/".join(hook.split("/")[-3:-1]))
    calls = [call for number in numbers for call in hand_over(number)]
    for start in range(0, len(calls), TOGETHER):
        for _ in range(5):
            try:
                token.call_batch(methods=calls[start : start + TOGETHER])
                break
            except Exception:  # whatever it says, the hand-overs must be made
                served.clock.forward(1)


CLIENTS: dict[str, tuple[Run, str]] = {
    "naive client": (one_by_one, "waits a second when refused"),
    "fast-bitrix24": (fast, "its own batches and limiter"),
    "b24pysdk": (official, "batched by hand"),
}


def measured(leads: int) -> list[Row]:
    rows = []
    for name, (run, how) in CLIENTS.items():
        served, took = _run(run, leads)
        note = f"{how}; {len(served.asked)} requests, {served.limits.refused} refused for the rate, {took:.0f} s"
        rows.append(Row(f"requests per hand-over, {name}", len(served.asked) / leads, "", note=note))
    for name, (run, _how) in CLIENTS.items():
        served, _ = _run(run, FEW, lost=LOST)
        notes, told = len(served.crm.notes), len(served.chat.notices)
        note = f"{notes} notes and {told} notices for {FEW} hand-overs, {served.faults.happened['drop_after']} lost"
        doubled = float(abs(notes - FEW) + abs(told - 2 * FEW))
        rows.append(Row(f"doubled or missing with {LOST:.0%} of answers lost, {name}", doubled, "", note=note))
    return rows


def _run(run: Run, leads: int, lost: float = 0.0) -> tuple[Double, float]:
    served = office.portal()
    served.clock._at = None  # noqa: SLF001  # it runs with the machine from now on
    served.takes = lambda seconds: _on(served, seconds)
    with Server(served):
        hook = served.webhook(1)
        journal.ensured(Client(ByWebhook(webhook(hook)), InMemory()), {})
        numbers = served.import_(leads, by=0)
        served.asked.clear()
        served.limits.levels.clear()
        if lost:
            served.faults.chance(seed=3, drop_after=lost)
        begun: datetime = served.clock.now()
        run(served, hook, numbers)
        return served, (served.clock.now() - begun).total_seconds()


def _on(served: Double, seconds: float) -> None:
    served.clock.forward(seconds)
