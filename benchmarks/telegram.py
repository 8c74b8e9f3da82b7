"""Offers out by Telegram, in the time its published limits allow: thirty messages a second, one a second to a chat.

The engine is a process of its own; the Bot API is the tests' strict double, which counts messages as Telegram does and
answers each call after 50 ms. The time is that from the first message to the last.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import command
from benchmarks.databases import Databases
from benchmarks.frame import Row, part

A_SECOND = 30  # messages of one bot: https://core.telegram.org/bots/faq


@dataclass(frozen=True)
class Sizes:
    offers: int


FULL = Sizes(offers=500)
QUICK = Sizes(offers=90)


def measure(databases: Databases, sizes: Sizes) -> list[Row]:
    kind = databases.kind
    databases.create("telegram")
    found = part("benchmarks.telegramming", "--offers", sizes.offers, env=databases.env("telegram"))
    databases.drop("telegram")
    allowed = sizes.offers / A_SECOND
    note = f"the limits allow {allowed:.1f} s; {found['messages']} messages, {found['wrong']} chats without exactly one"
    took = found["seconds"]
    return [
        Row(f"{sizes.offers} offers", took, "s", kind, f"≤ {allowed * 1.2:.0f} s", took <= allowed * 1.2, note=note),
        Row("refused with 429", found["refused"], "calls", kind, "0", found["refused"] == 0),
    ]


if __name__ == "__main__":
    command.run("telegram", __doc__, measure, quick=QUICK, full=FULL)
