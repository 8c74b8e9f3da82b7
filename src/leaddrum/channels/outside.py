"""Posting to an address that somebody typed: to the internet only, never into our own network by accident (OWASP SSRF).

The name is resolved here and the very address that was looked at is connected to, so a name that changes its mind
between the two leads nowhere. Redirects are not followed. LEADDRUM_POST_TO names private networks that are meant.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore
import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as lazy

PATIENCE = 10.0  # seconds for connecting, and for each part of the answer
WHOLE = 30.0  # seconds for all parts together: who drips must not keep the others' posts waiting
LONGEST = 1000  # characters of an address
READ = 2000  # bytes of an answer that are looked at
WRONG = {  # what `looks_right` says, in words
    "no_address": lazy("This is no address: write it whole, from https:// on, without a password."),
    "no_https": lazy("Only https:// addresses are posted to."),
    "private": lazy("This address is in a private network. The operator allows it by LEADDRUM_POST_TO."),
}


class Forbidden(Exception):
    """This address is none to post to."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    text: str

    @property
    def retry_after(self) -> float:
        """Seconds the receiver wants to be left alone; 0: it does not say."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.isdecimal() and len(text) < 6 else 0.0


class Unanswered(Exception):
    """No answer. `doubtful`: the whole request had gone out."""

    def __init__(self, error: str, *, doubtful: bool) -> None:
        super().__init__(error)
        self.doubtful = doubtful


def looks_right(url: str) -> str:
    """What is wrong with an address as it is written; empty: nothing."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "no_address"
    if len(url) > LONGEST or not host or parts.username or parts.password:
        return "no_address"
    literal = _literal(host)
    meant = _named(literal) if literal is not None else bool(_networks())  # a name is looked at when it is posted to
    if parts.scheme != "https" and not (parts.scheme == "http" and meant):
        return "no_https"
    return "private" if literal is not None and not _allowed(literal) else ""


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _networks() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in settings.POST_TO)


def _named(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is in a network of LEADDRUM_POST_TO."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped.version == network.version and mapped in network for network in _networks())


def _allowed(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None) or address
    return _named(address) or (bool(mapped.is_global) and not mapped.is_multicast)


class _Guarded(httpcore.NetworkBackend):
    """Connects to addresses that may be posted to, and to no other.

    Args:
        left: seconds until all must be over.
        clear: whether what is posted can be read on its way.
    """

    def __init__(self, left: Callable[[], float], clear: Callable[[], bool]) -> None:
        self._plain, self._left, self._clear = httpcore.SyncBackend(), left, clear

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not known") from error
        addresses = [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found]
        if not addresses or not all(map(_allowed, addresses)):
            raise Forbidden(f"{host} is in a private network")
        if self._clear() and not all(map(_named, addresses)):
            raise Forbidden(f"{host} is in the internet: only https:// is posted there")
        stream = self._plain.connect_tcp(str(addresses[0]), port, timeout, local_address, socket_options)
        return _Timed(stream, self._left)

    def connect_unix_socket(self, *_values: Any, **_more: Any) -> httpcore.NetworkStream:
        raise Forbidden("no socket of this machine")

    def sleep(self, seconds: float) -> None:
        self._plain.sleep(seconds)


class _Timed(httpcore.NetworkStream):
    """A connection that waits for each part as long as it may, and never beyond the end of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._stream, self._left = stream, left

    def _until(self, timeout: float | None) -> float:
        left = self._left()
        if left <= 0:
            raise httpcore.ReadTimeout("the whole took too long")
        return left if timeout is None else min(timeout, left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._until(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._until(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, self._until(timeout)), self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class Outside:
    """Several posts, over connections that are kept between them."""

    def __init__(self) -> None:
        self._over_at, self._clear = 0.0, False
        guarded = _Guarded(lambda: self._over_at - time.monotonic(), lambda: self._clear)
        self._pool = httpcore.ConnectionPool(ssl_context=_trust(), network_backend=guarded, max_connections=4)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.close()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, most: int = READ) -> Answer:
        """
        Args:
            most: bytes of the answer that are read.

        Raises:
            Forbidden: it leads into a network that is not to be posted into.
            Unanswered: there was no answer.
        """
        if looks_right(url):
            raise Forbidden(looks_right(url))
        self._over_at, self._clear = time.monotonic() + WHOLE, urlsplit(url).scheme == "http"
        times = dict.fromkeys(("connect", "read", "write", "pool"), PATIENCE)
        try:
            lines = [(name.encode(), value.encode()) for name, value in headers.items()]
            with self._pool.stream("POST", url, headers=lines, content=body, extensions={"timeout": times}) as answer:
                text = b""
                for part in answer.iter_stream():
                    text += part
                    if len(text) > most:
                        break
                names = {name.decode().lower(): value.decode("latin-1") for name, value in answer.headers}
                return Answer(answer.status, names, text[:most].decode("utf-8", "replace"))
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.UnsupportedProtocol) as error:
            raise Unanswered(type(error).__name__, doubtful=False) from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            raise Unanswered(type(error).__name__, doubtful=True) from error
