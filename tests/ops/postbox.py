"""A real SMTP server that keeps what it gets and can be told to refuse, to hang, or to break off."""

from __future__ import annotations

import asyncio
import email
import socket
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class Postbox:
    """`answers`: what it says to a recipient, 250 takes it. `ends`: what becomes of a message to him that it has got
    whole: "drop" breaks off without an answer, "hang" answers after three seconds, "451 later" is said."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.ends: dict[str, str] = {}
        self.port = _free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    # aiosmtpd calls these

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        end = self.ends.get(envelope.rcpt_tos[0], "250 OK")
        if end[0] in "45":
            return end
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        if end == "drop":
            server.transport.abort()
        if end == "hang":
            await asyncio.sleep(3)
        return "250 OK"

    # What tests look at

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    def start(self) -> None:
        self.controller.start()

    def stop(self) -> None:
        self.controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain",))
    assert body is not None
    return str(body.get_content())


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("html",))
    assert body is not None
    return str(body.get_content())
