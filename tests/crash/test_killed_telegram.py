"""`kill -9` while messages go out: what is known to be in a chat comes no second time, what may be says so (S-40)."""

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
def test_killed_while_messages_went_out(make_site: Callable[..., Site], telegram: Telegram, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(TOKEN)
    bot = {"LEADDRUM_TELEGRAM_TOKEN_FILE": str(secret), "LEADDRUM_TELEGRAM_API": telegram.url}
    site = make_site(fast_company(budget="1h"))
    for key, account in (("anna", ANNA), ("boris", BORIS)):
        telegram.chats[account] = {"id": account, "type": "private", "first_name": key}
        site.inside("telegram", key, str(account))
    site.load(2)
    worker = site.start("work", crash_at="telegram.after_send:2", **bot)
    assert worker.wait() == -signal.SIGKILL, worker.output
    assert len(telegram.to(ANNA)) == len(telegram.to(BORIS)) == 1  # one is written down, neither is settled
    assert site.inside("lapse")["lapsed"] == 1
    worker = site.start("work", **bot)
    until(lambda: len(telegram.messages) == 3)
    until(lambda: site.inside("pending")["pending"] == 0)
    texts = [text for account in (ANNA, BORIS) for text in telegram.texts(account)]
    assert [text.startswith("Повтор") for text in texts].count(True) == 1
    assert len(texts) == 3
    telegram.presses(ANNA, "Взять в работу")  # a real process hears it
    until(lambda: all("Лид ваш" in text for text in telegram.texts(ANNA)))
    assert worker.stop() == 0
    assert TOKEN not in worker.output
    assert site.check()["taken"] == 1
