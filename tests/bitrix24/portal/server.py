"""The portal on a port of this machine, plain or with TLS.

```python
with Server(portal) as server:
    hook = portal.webhook(1)            # http://127.0.0.1:PORT/rest/1/SECRET/
```
"""

from __future__ import annotations

import contextlib
import http.server
import socket
import socketserver
import ssl
import struct
import threading
import time
from pathlib import Path
from typing import Self

from tests.bitrix24.portal import control, serving
from tests.bitrix24.portal.answers import Reply
from tests.bitrix24.portal.cloud import Cloud
from tests.bitrix24.portal.delivery import Delivery
from tests.bitrix24.portal.state import Portal

LONGEST = 20_000_000


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, LONGEST))
        path, query = serving.path_of(self.path)
        kind = self.headers.get("Content-Type", "")
        asked = serving.Asked(self.command, path, query, body, kind, self.client_address[0], self.headers)
        portal = self.server.portal
        if self.server.controlled and path.startswith(control.ROOT):
            self._send(control.answer(portal, asked))
        else:
            self._send(serving.answer(portal, asked))

    def _send(self, reply: Reply) -> None:
        if reply.wait:
            time.sleep(reply.wait)
        if reply.cut:  # as a connection that breaks: no last words
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Silent: secrets stand in the paths."""

    def finish(self) -> None:
        with contextlib.suppress(ValueError, OSError):  # a cut connection has nothing to flush
            super().finish()


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, portal: Portal, host: str, port: int, controlled: bool) -> None:
        self.portal, self.controlled = portal, controlled
        super().__init__((host, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up; that is their affair."""


class Server:
    """`tls`: certificate and key, in one file or two. `controlled`: the control interface is open (`control.py`)."""

    def __init__(
        self,
        portal: Portal,
        *,
        cloud: Cloud | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: tuple[Path, Path] | None = None,
        controlled: bool = False,
    ) -> None:
        self.portal = portal
        self._listener = _Listener(portal, host, port, controlled)
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._listener.socket = context.wrap_socket(self._listener.socket, server_side=True)
        portal.scheme = "https" if tls else "http"
        portal.host = f"{host}:{self._listener.server_address[1]}"
        if portal.cloud is None:
            (cloud or Cloud()).join(portal)
        if portal.cloud is not None and not portal.cloud.url:
            portal.cloud.url = portal.url
        if portal.delivery is None:
            portal.delivery = Delivery(portal)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True, name="portal")

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
