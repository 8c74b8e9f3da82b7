"""`leaddrum serve`, `work` and `web`: the processes that stay."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import TYPE_CHECKING, Any

import click
import structlog
from django.conf import settings
from django.urls import get_resolver
from waitress.server import create_server

from leaddrum import links, start
from leaddrum.loop import Engine

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = (
    34 * 1024 * 1024
)  # bytes: a table of 32 MB to import, and what goes with it; more is answered 413 at once
THREADS = 24  # the pages answer eight at once (`web.door`); the others keep calls of ways in
log = structlog.stdlib.get_logger("leaddrum.serve")


def work() -> None:
    """The engine alone, until SIGTERM or SIGINT.

    Raises:
        CannotStartError: another engine has this data folder.
    """
    with start.only_engine(), _running_engine():
        click.echo(f"LeadDrum turns the drums (process {os.getpid()}).", err=True)
        stop = threading.Event()
        _on_signals(stop.set)
        while not stop.wait(3600):
            pass


def web(host: str, port: int, *, with_engine: bool, before: Callable[[], None] = lambda: None) -> None:
    """The pages, with the engine beside them or without, until SIGTERM or SIGINT. Port 0: any free one.

    Raises:
        CannotStartError: another engine has this data folder, or the address cannot be listened on.
    """
    from leaddrum.wsgi import application

    with start.only_engine() if with_engine else nullcontext():
        try:
            server = create_server(
                _bodiless_head(application),
                host=host,
                port=port,
                threads=THREADS,
                max_request_body_size=LARGEST_BODY,
                **_behind_proxies(),
            )
        except OSError as error:
            words = start.in_words(error) or str(error)
            raise start.CannotStartError(f"{host}:{port}: {words}") from error
        url = _address(host, int(getattr(server, "effective_port", 0) or port))
        _remember(url)
        before()
        threading.Thread(target=_read_pages, name="leaddrum-pages", daemon=True).start()
        with _running_engine() if with_engine else nullcontext():
            _on_signals(_leave)
            click.echo(f"LeadDrum is ready: {url}", err=True)
            server.run()  # ends with SystemExit caught, its threads joined
            server.close()


def _read_pages() -> None:
    """All pages' code is read now; the first who asks would wait a second for it."""
    get_resolver().url_patterns  # noqa: B018 - reading it loads them


@contextmanager
def _running_engine() -> Iterator[Engine]:
    engine = Engine()
    engine.start()
    try:
        yield engine
    finally:
        if not engine.stop():
            log.warning("left with work in hand: leases run out by themselves")


def _leave() -> None:
    raise SystemExit(0)


def _on_signals(leave: Callable[[], None]) -> None:
    def handler(_number: int, _frame: FrameType | None) -> None:
        leave()

    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)


def _bodiless_head(application: WSGIApplication) -> WSGIApplication:
    """HEAD is answered without a body. Django leaves that to the server, and this one sends what it is given: on a
    connection that stays open the next answer would begin with it."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        getattr(body, "close", lambda: None)()
        return []

    return answer


def _behind_proxies() -> dict[str, Any]:
    """Client addresses from X-Forwarded-For only where LEADDRUM_PROXIES says that a proxy writes it.

    Raises:
        CannotStartError: TLS is said to end at a proxy, and none is to be believed: no form could be sent.
    """
    if not settings.PROXIES:
        if settings.SESSION_COOKIE_SECURE:
            raise start.CannotStartError("LEADDRUM_HTTPS=1 needs LEADDRUM_PROXIES: how many proxies are in front.")
        return {}
    return {
        "trusted_proxy": "*",
        "trusted_proxy_count": settings.PROXIES,
        "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto x-forwarded-host",
        "clear_untrusted_proxy_headers": True,
    }


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared, not listened on
    return f"http://{shown}:{port}"


def _remember(url: str) -> None:
    """Links in mails, and those of `leaddrum login`, lead to the address listened on when LEADDRUM_URL says none."""
    if not settings.PUBLIC_URL:
        settings.PUBLIC_URL = url
        links.remember(url)
