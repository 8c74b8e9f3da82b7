"""A way to a server on this machine that can be cut, or go dead without a word."""

from __future__ import annotations

import re
import selectors
import socket
import struct
import threading
from types import TracebackType
from typing import Self

WAITS = re.compile(rb"G\0\0\0.\0\0.(\0\0)+\Z", re.DOTALL)  # a server that said what it copies in, and waits for it
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing resets


class Proxy:
    """Listens on `port` and passes everything on; one thread, no more than a test needs."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._lock = threading.Lock()
        self._state = "open"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def cut(self) -> None:
        """Break every connection and let no new one through."""
        with self._lock:
            self._state = "cut"
            self._break()

    def hold(self) -> None:
        """Pass nothing on any more, and say nothing."""
        with self._lock:
            self._state = "held"

    def hold_within(self) -> None:
        """As `hold`, from the next moment on when the server waits in the middle of a statement."""
        with self._lock:
            self._state = "about to hold"

    @property
    def held(self) -> bool:
        return self._state == "held"

    def heal(self) -> None:
        """New connections are let through; those of before break."""
        with self._lock:
            self._break()
            self._state = "open"

    def _break(self) -> None:
        for end in list(self._pairs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.close()
        self._pairs.clear()

    def _run(self) -> None:
        while not self._ended.is_set():
            with self._lock, selectors.DefaultSelector() as ready:
                ready.register(self._door, selectors.EVENT_READ)
                if self._state in ("open", "about to hold"):
                    for end in self._pairs:
                        ready.register(end, selectors.EVENT_READ)
                for key, _ in ready.select(0.005):
                    one = key.fileobj
                    assert isinstance(one, socket.socket)
                    if one is self._door:
                        self._accept()
                    else:
                        self._pass_on(one)
            self._ended.wait(0.0005)  # whoever wants the lock gets it

    def _accept(self) -> None:
        near, _ = self._door.accept()
        if self._state == "cut":
            near.close()
            return
        far = socket.create_connection(("127.0.0.1", self._to))
        self._pairs[near], self._pairs[far] = far, near

    def _pass_on(self, end: socket.socket) -> None:
        other = self._pairs.get(end)
        if other is None:
            return  # its other end has just gone
        try:
            data = end.recv(65536)
            if self._state == "about to hold" and WAITS.search(data):
                self._state = "held"
                return
            if data:
                other.sendall(data)
                return
        except OSError:
            pass
        for one in (end, other):
            self._pairs.pop(one, None)
            one.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(5)
        with self._lock:
            self._break()
        self._door.close()
