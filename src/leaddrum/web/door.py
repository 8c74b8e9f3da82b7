"""The door in front of the pages: calls of ways in are taken in at once as long as few come together.

1. A few of them are inside, the others wait outside: each is proved, kept as it came, and answered (`hooks.knocks`).
2. As long as some of those wait to be taken in, whoever comes queues behind them, so that the order stays.

All else goes straight to the pages, a limited number at a time. Nothing of a kept call is read here but what proves it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl

import orjson
import structlog
from django.conf import settings
from django.db import DatabaseError, connections

from leaddrum import clock
from leaddrum.intake import rate
from leaddrum.intake.hooks.call import LARGEST, Call, Format
from leaddrum.intake.hooks.formats import FORMATS
from leaddrum.intake.hooks.knocks import WRITER
from leaddrum.models import Knock, Way

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

INSIDE = 8  # requests that the pages answer at once: each may have a connection to the database of its own
CALLS = 2  # of them, calls of ways in
LOOK = 0.25  # seconds between two looks whether some still wait
KNOWN = 2.0  # seconds a way is remembered: one that is switched off meanwhile keeps calls for so long
PATH = "/in/"
Found = TypeVar("Found")
log = structlog.stdlib.get_logger("leaddrum.hooks")


class Door:
    def __init__(self, pages: WSGIApplication) -> None:
        self._pages = pages
        self._inside = threading.BoundedSemaphore(INSIDE)
        self._calls = threading.BoundedSemaphore(CALLS)
        self._writer = WRITER
        self._waiting, self._looked = True, 0.0  # whether some wait, as far as was looked
        self._ways: dict[str, tuple[float, Way]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        token = _token(environ)
        if not token:
            return self._enter(environ, start_response)
        if not self._some_wait() and self._calls.acquire(blocking=False):
            try:
                return self._enter(environ, start_response)
            finally:
                self._calls.release()
        return self._keep(token, environ, start_response)

    def _enter(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._inside:
            return self._pages(environ, start_response)

    def _some_wait(self) -> bool:
        if self._waiting and time.monotonic() - self._looked > LOOK:
            self._looked = time.monotonic()
            self._waiting = _or(Knock.objects.exists, default=False)
        return self._waiting

    def _keep(self, token: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """What is not to be kept is answered inside, in so many words."""
        length = str(environ.get("CONTENT_LENGTH") or "")
        if not length.isdecimal() or not 0 < int(length) <= LARGEST:
            return self._enter(environ, start_response)
        way = self._way(token)
        spoken = FORMATS.get((way.kind, way.preset)) if way is not None else None
        if way is None or spoken is None:
            return self._enter(environ, start_response)
        call = _call(environ, int(length))
        if not _proved(spoken, way, call):
            return self._enter(environ, start_response)
        if wait := rate.seconds_to_wait(settings.API_RATE, "way", token):
            said = {"problems": [{"where": "body", "what": "Too many requests at once. Try again a bit later."}]}
            return _answer(start_response, "429 Too Many Requests", said, ("Retry-After", str(wait)))
        try:
            self._writer.keep(way, call, at=clock.now())
        except (DatabaseError, TimeoutError) as error:
            log.warning("a call could not be kept", way=way.pk, error=type(error).__name__)
            return _answer(start_response, "503 Service Unavailable", {"problems": []}, ("Retry-After", "5"))
        self._waiting, self._looked = True, time.monotonic()
        return _answer(start_response, "200 OK", spoken.answers(call, "kept"))

    def _way(self, token: str) -> Way | None:
        until, way = self._ways.get(token, (0.0, None))
        if way is None or time.monotonic() > until:
            found = Way.objects.select_related("company").filter(token=token, active=True)
            way = _or(found.first, default=None)
            if way is None:
                return None
            self._ways[token] = (time.monotonic() + KNOWN, way)
        return way


def _or(look: Callable[[], Found], default: Found) -> Found:
    """What is found; without a database the default: the pages then say what is wrong."""
    try:
        return look()
    except DatabaseError:
        connections.close_all()  # outside the pages nobody else looks whether it still lives
        return default


def _token(environ: WSGIEnvironment) -> str:
    """Of a call of a way in; empty: it is none."""
    path = str(environ.get("PATH_INFO", ""))
    if environ.get("REQUEST_METHOD") != "POST" or not path.startswith(PATH):
        return ""
    token = path.removeprefix(PATH).partition("/")[0]
    return token if token.isascii() and token.isalnum() and len(token) <= 64 else ""


def _call(environ: WSGIEnvironment, length: int) -> Call:
    """The call as a page would see it; its body can be read once more."""
    body = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = BytesIO(body)
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    return Call(body, headers, dict(parse_qsl(str(environ.get("QUERY_STRING", "")), max_num_fields=None)))


def _proved(spoken: Format, way: Way, call: Call) -> bool:
    try:
        return spoken.proves(way, call)
    except Exception as error:  # whatever it is, the page says it
        log.warning("a call could not be proved", way=way.pk, error=type(error).__name__)
        return False


def _answer(start_response: StartResponse, status: str, said: Any, *headers: tuple[str, str]) -> Iterable[bytes]:
    text = isinstance(said, str)
    body = said.encode() if isinstance(said, str) else orjson.dumps(said)
    kind = "text/plain; charset=utf-8" if text else "application/json"
    fixed = [("Content-Type", kind), ("Content-Length", str(len(body))), ("X-Content-Type-Options", "nosniff")]
    start_response(status, [*fixed, *headers])
    return [body]
