"""`kill -9` between the message in the chat and its settlement: one lead, one message (S-40)."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.site import Site, fast_company, until
from tests.ops.botserver import TOKEN, Telegram

ANNA, BORIS = 101, 102


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    double = Telegram()
    double.start()
    yield double
    double.stop()


@pytest.mark.rule("S-34", "S-40", "S-45")
def test_killed_after_the_message_went_out(make_site: Callable[..., Site], telegram: Telegram, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(TOKEN)
    bot = {"LEADDRUM_TELEGRAM_TOKEN_FILE": str(secret), "LEADDRUM_TELEGRAM_API": telegram.url}
    site = make_site(fast_company(budget="1h"))
    for key, account in (("anna", ANNA), ("boris", BORIS)):
        telegram.chats[account] = {"id": account, "type": "private", "first_name": key}
        site.inside("telegram", key, str(account))
    site.load(2)
    worker = site.start("work", crash_at="outbox.after_send:1", **bot)
    assert worker.wait() == -signal.SIGKILL, worker.output
    assert len(telegram.to(ANNA)) + len(telegram.to(BORIS)) == 1  # in the chat, and not settled
    assert site.inside("lapse")["lapsed"] == 1
    worker = site.start("work", **bot)
    until(lambda: len(telegram.to(ANNA)) == len(telegram.to(BORIS)) == 1)
    until(lambda: site.inside("pending")["pending"] == 0)
    assert [text for account in (ANNA, BORIS) for text in telegram.texts(account) if "Повтор" in text] == []
    telegram.presses(ANNA, "Взять в работу")  # a real process hears it
    until(lambda: "Лид ваш" in telegram.texts(ANNA)[0])
    assert worker.stop() == 0
    assert TOKEN not in worker.output
    assert site.check()["taken"] == 1
