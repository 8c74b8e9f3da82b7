"""Our own SMTP listener (RFC 5321): mail that a relay, a printer or a site delivers straight to us.

One listener for all ways of its kind: the address it is sent to names the way, ``TOKEN@anything`` or the address on
the way's page; to others it answers 550. “250” is said after the commit, “451” when there is no database: the sender
then keeps the letter and tries again. It listens on LEADDRUM_SMTP_LISTEN and speaks no TLS: behind a relay, or on
loopback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from aiosmtpd.controller import Controller
from django.db import DatabaseError, connections

from leaddrum import clock
from leaddrum.intake.mail import receive
from leaddrum.models import Way

LARGEST = 25 * 1024 * 1024  # bytes of a letter
log = structlog.stdlib.get_logger("leaddrum.smtp")


def way_for(address: str) -> Way | None:
    """The way a letter to this address comes by."""
    local = address.partition("@")[0].lower()
    ways = Way.objects.select_related("company").filter(kind=Way.Kind.SMTP, active=True)
    found = ways.filter(token=local).first() if 0 < len(local) <= 64 else None
    return found or ways.filter(settings__address__iexact=address).first()


class Door:
    """What aiosmtpd calls. The database is asked in threads of its own: one slow letter holds up no other."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        del server, session, options
        try:
            known = await asyncio.to_thread(_in_thread, lambda: way_for(address))
        except DatabaseError:
            return "451 4.3.0 Try again later"
        if known is None:
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        del server, session
        raw = bytes(envelope.content)
        try:
            await asyncio.to_thread(_in_thread, lambda: [deliver(address, raw) for address in envelope.rcpt_tos])
        except DatabaseError as error:
            log.warning("letter put off", error=type(error).__name__)
            return "451 4.3.0 Try again later"
        except Exception as error:
            log.exception("letter put off", error=type(error).__name__)
            return "451 4.3.0 Try again later"
        return "250 2.0.0 It is here"


def deliver(address: str, raw: bytes) -> str:
    """One letter by its way; committed when this returns."""
    way = way_for(address)
    return "unknown" if way is None else receive.surely(way, raw, now=clock.now())


def _in_thread(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


def controller(host: str, port: int) -> Controller:
    return Controller(Door(), hostname=host, port=port, data_size_limit=LARGEST, ident="LeadDrum")


class Listener:
    """The listener beside the loops; it is there when LEADDRUM_SMTP_LISTEN names an address."""

    def __init__(self, listen: str) -> None:
        host, _colon, port = listen.rpartition(":")
        self.controller = controller(host or "127.0.0.1", int(port))

    def start(self) -> None:
        self.controller.start()

    def stop(self) -> None:
        self.controller.stop()

    def join(self, patience: float) -> None:
        """`stop` has waited already."""
        del patience

    def is_alive(self) -> bool:
        return False
