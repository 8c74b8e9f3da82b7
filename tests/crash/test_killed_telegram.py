"""`kill -9` while messages go out: what is known to be in a chat comes no second time, what may be says so (S-40). Nor
is any of them held up by a mail server that hangs."""

from __future__ import annotations

import signal
import socket
import threading
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


class Hanging:
    """A mail server that lets in and never says a word. `held`: connections that nobody has given up yet."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.held = self.given_up = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._hold, args=(near,), daemon=True).start()

    def _hold(self, near: socket.socket) -> None:
        self.held += 1
        with near:
            near.recv(1)  # it ends when the other side does
        self.held -= 1
        self.given_up += 1


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.listener.close()


@pytest.mark.rule("S-34", "S-40", "S-45")
def test_killed_while_messages_went_out(
    make_site: Callable[..., Site], telegram: Telegram, hanging: Hanging, tmp_path: Path
) -> None:
    secret = tmp_path / "token"
    secret.write_text(TOKEN)
    bot = {"LEADDRUM_TELEGRAM_TOKEN_FILE": str(secret), "LEADDRUM_TELEGRAM_API": telegram.url}
    company = fast_company(budget="1h")
    next(person for person in company["people"] if person["id"] == "clara")["email"] = "clara@firm.example"
    site = make_site(company)
    for key, account in (("anna", ANNA), ("boris", BORIS)):
        telegram.chats[account] = {"id": account, "type": "private", "first_name": key}
        site.inside("telegram", key, str(account))
    site.load(3)
    worker = site.start("work", crash_at="telegram.after_send:2", LEADDRUM_MAIL_URL=hanging.url, **bot)
    assert worker.wait() == -signal.SIGKILL, worker.output
    assert len(telegram.to(ANNA)) == len(telegram.to(BORIS)) == 1  # one is written down, neither is settled
    until(lambda: not hanging.held)
    hanging.given_up = 0
    assert site.inside("lapse")["mail"] == 1
    worker = site.start("work", LEADDRUM_MAIL_URL=hanging.url, **bot)
    until(lambda: len(telegram.messages) == 3)
    texts = [text for account in (ANNA, BORIS) for text in telegram.texts(account)]
    assert [text.startswith("Повтор") for text in texts].count(True) == 1
    # A message that nobody wrote down has its button for ever: whose that was is by chance, so the other one presses.
    known = next(account for account in (ANNA, BORIS) if len(telegram.to(account)) == 1)
    telegram.presses(known, "Взять в работу")  # a real process hears it
    until(lambda: all("Лид ваш" in text for text in telegram.texts(known)))
    assert (hanging.held, hanging.given_up) == (1, 0)  # mail was first, and still waits for its server
    assert worker.stop() == 0
    assert TOKEN not in worker.output
    assert site.check()["taken"] == 1
