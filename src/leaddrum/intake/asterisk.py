"""Asterisk by its manager interface (AMI): signs in, listens to events, never sends a command besides.

https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Manager-Interface-AMI/: lines “Key: value”, an empty line
ends a message. A call is what shares a `Linkedid`; its first channel is the caller's. It is answered by the channel of
`DialEnd` with `DialStatus: ANSWER` (queues and ring groups raise it too), and over with the `Hangup` of its first
channel. The line is dead when nothing comes for a while: `Ping` asks.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import DatabaseError, InterfaceError, connections

from leaddrum import clock, engine, sealed
from leaddrum.intake import calls, ways
from leaddrum.intake.calls import Ring
from leaddrum.intake.hooks.call import Nothing
from leaddrum.intake.listening import Hold, TroubleError
from leaddrum.intake.problems import BREAKS, Unreadable
from leaddrum.models import Way

NAP = 1.0  # seconds of waiting for a line
WITHOUT = 2.0  # seconds between two tries without a database
SILENCE = 30.0  # seconds after which it is asked whether it lives; twice that, and it is dead
LONGEST_LINE = 8192
MOST_CALLS = 10_000  # at once; what is beyond was never told to be over
_CHANNEL = re.compile(r"[A-Za-z0-9_]+/([\w*#+.-]+?)(?:-[0-9a-f]{8}(?:;\d)?)?$")
log = structlog.stdlib.get_logger("leaddrum.asterisk")

Event = Mapping[str, str]


@dataclass(slots=True)
class Running:
    """A call as far as it was told."""

    first: str  # Uniqueid of the caller's channel
    channel: str
    caller: str
    called: str
    began: datetime
    answered: datetime | None = None
    by: str = ""  # the extension that answered


@dataclass(slots=True)
class Board:
    """What the events add up to."""

    inner: frozenset[str]  # our extensions
    running: dict[str, Running] = field(default_factory=dict)

    def hears(self, event: Event, now: datetime) -> Iterator[Ring]:
        """The call an event tells something new of: that somebody speaks, or that it is over."""
        linked, kind = event.get("linkedid", ""), event.get("event", "").lower()
        if kind == "newchannel" and linked and linked == event.get("uniqueid") and len(self.running) < MOST_CALLS:
            called = event.get("exten", "")
            caller = event.get("calleridnum", "")
            self.running[linked] = Running(linked, extension_of(event.get("channel", "")), caller, called, now)
        call = self.running.get(linked)
        if call is None:
            return
        if kind == "dialend" and event.get("dialstatus", "").upper() == "ANSWER" and call.answered is None:
            call.answered, call.by = now, extension_of(event.get("destchannel", ""))
            yield self._ring(call, None)
        elif kind == "hangup" and event.get("uniqueid") == call.first:
            del self.running[linked]
            yield self._ring(call, now)

    def _ring(self, call: Running, ended: datetime | None) -> Ring:
        ours = next((one for one in (call.channel, call.caller) if one in self.inner), "")
        outward = bool(ours) and call.called not in self.inner
        return Ring(
            call.first,
            outward,
            call.called if outward else ("" if ours else call.caller),
            ours if outward else call.by,
            call.began,
            call.answered,
            ended,
            "" if outward else call.called,
        )


def extension_of(channel: str) -> str:
    """“PJSIP/101-0000002a” is the extension 101."""
    found = _CHANNEL.match(channel)
    return found[1] if found else ""


def session(way: Way, hold: Hold) -> None:
    """Listen until told to stop.

    Raises:
        TroubleError: it cannot be reached, does not let us in, or went silent.
    """
    board = Board(frozenset(calls.extensions(str(way.settings.get("people", "")))))
    for event in _signed_in(way, lambda: _still(hold)):
        if "response" in event:
            _well(way)
        for ring in board.hears(event, clock.now()):
            _surely(way, ring, hold)


def _still(hold: Hold) -> bool:
    """Whether to go on. Without a database we go on: whoever hung up would tell nobody of the calls that run."""
    try:
        return hold.still()
    except (DatabaseError, InterfaceError):
        connections.close_all()
        return not hold.stopping.is_set()


def _well(way: Way) -> None:
    try:
        ways.well(way, clock.now(), came=False)
    except (DatabaseError, InterfaceError):
        connections.close_all()


def _surely(way: Way, ring: Ring, hold: Hold) -> None:
    """Nobody tells of a call twice: while there is no database it is held in hand, and so are those behind it.

    Raises:
        DatabaseError: told to stop before there was one again.
    """
    while True:
        try:
            take_in(way, ring)
            return
        except (DatabaseError, InterfaceError) as error:
            log.warning("call waits for the database", way=way.pk, error=type(error).__name__)
            connections.close_all()
            if hold.stopping.wait(WITHOUT):
                raise


def check(way: Way) -> None:
    """Sign in once.

    Raises:
        TroubleError: it cannot be reached or does not let us in.
    """
    until = time.monotonic() + 15
    for event in _signed_in(way, lambda: time.monotonic() < until):
        if "response" in event:
            return
    raise TroubleError("nothing is heard")


def _signed_in(way: Way, still: Callable[[], bool]) -> Iterator[Event]:
    """What it says after our login, which stands before anything else.

    Raises:
        TroubleError: see `session`.
    """
    said = way.settings
    host, port, user = str(said.get("host", "")), int(said.get("port") or 5038), str(said.get("user", ""))
    try:
        secret = sealed.unseal(way.sealed).get("password", "")
        if any(sign in user + secret for sign in "\r\n"):
            raise TroubleError("a line break in the user name or the secret")
        with closing(socket.create_connection((host, port), 15)) as line:
            line.settimeout(NAP)
            _send(line, f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\nEvents: call,cdr\r\n\r\n")
            for event in _events(line, still):
                if event.get("response", "").lower() == "error":
                    raise TroubleError(event.get("message", "refused"))
                yield event
    except sealed.UnreadableError as error:
        raise TroubleError(str(error)) from error
    except OSError as error:
        raise TroubleError(f"{host}:{port}: {error}") from error


def _send(line: socket.socket, text: str) -> None:
    line.sendall(text.encode("utf-8"))


def _events(line: socket.socket, still: Callable[[], bool]) -> Iterator[Event]:
    """The messages as they come; names in small letters."""
    buffer, heard, asked = b"", time.monotonic(), False
    message: dict[str, str] = {}
    while still():
        try:
            data = line.recv(65536)
        except TimeoutError:
            silent = time.monotonic() - heard
            if silent > 2 * SILENCE:
                raise TroubleError("nothing is heard any more") from None
            if silent > SILENCE and not asked:
                _send(line, "Action: Ping\r\n\r\n")
                asked = True
            continue
        if not data:
            raise TroubleError("the other side hung up")
        heard, asked = time.monotonic(), False
        buffer += data
        while b"\n" in buffer:
            raw, _sign, buffer = buffer.partition(b"\n")
            text = raw.decode("utf-8", "replace").rstrip("\r")
            if text:
                name, _colon, value = text.partition(":")
                message[name.strip().lower()] = value.strip()[:1000]
            elif message:
                yield message
                message = {}
        if len(buffer) > LONGEST_LINE:
            raise TroubleError("this is no manager interface")


def take_in(way: Way, ring: Ring) -> None:
    """One call, in commits of its own; what breaks is logged and stops nobody else (S-46)."""
    now = clock.now()
    try:
        with engine.in_company(way.company_id):
            for said in calls.heard(way, ring):
                if isinstance(said, engine.Arrival):
                    ways.arrive(way, said, now=now)
                elif not isinstance(said, Nothing):
                    engine.touch(way.company_id, said, now=now)
                    ways.well(way, now)
    except BREAKS as error:
        log.warning("call not taken in", way=way.pk, error=type(error).__name__)
        problems = list(error.problems) if isinstance(error, Unreadable) else []
        if isinstance(error, engine.Refused):
            problems = [ways.refusal(error)]
        ways.keep(way, "call", {"call": ring.number, "from": ring.client}, now=now, problems=problems)
