"""Structured logs: JSON to a file or a service, key=value to a terminal; neither secrets nor personal data in them."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseBase

# What a client or an employee is called and reached by, and what opens a door, never reaches a log.
HIDDEN_KEYS = frozenset(
    {"password", "secret", "token", "key", "authorization", "cookie", "session", "csrf", "link", "url"}
    | {"phone", "email", "name", "title", "text", "payload", "fields", "address", "to", "subject", "body"}
)
_HIDDEN_TEXT = (
    (re.compile(r"(DETAIL:\s+)[^\n]*"), r"\1…"),  # PostgreSQL quotes the row it refuses
    (re.compile(r"(input_value=).*?(, input_type=)", re.DOTALL), r"\1…\2"),  # and pydantic the value
    (re.compile(r"(/[\w./%-]*\?)[^\s\"'<>]+"), r"\1…"),  # the query of an address: what a form was filled with
    (re.compile(r"(/bot)\d+:[\w-]+"), r"\1…"),  # the Bot API has the token in its addresses
    (re.compile(r"(/t/|/sign-in/link/|/in/|/bitrix24/bot/\d+/)[^/\s\"'?]+"), r"\1…"),
    (re.compile(r"(?i)(bearer\s+|token=|password=|secret=|key=)[^\s&\"',)]+"), r"\1…"),
    (re.compile(r"(://[^/\s:@]*):[^@\s/]+@"), r"\1:…@"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "…@…"),
    (re.compile(r"(?<![\w.:-])\+?\d[\d\s()-]{8,}\d(?![\w.:-])"), "…"),
)
HIDDEN = "…"


def hidden(text: str) -> str:
    """The text without what looks like a secret, an e-mail address or a phone number."""
    for pattern, instead in _HIDDEN_TEXT:
        text = pattern.sub(instead, text)
    return text


def hide(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The processor that keeps secrets and personal data out, also out of messages and tracebacks of others."""
    event.pop("request", None)  # Django's own extra: the whole address, with a link's secret or a form's inputs in it
    for key, value in event.items():
        if key not in {"timestamp", "level", "logger", "_record", "_from_structlog"}:
            event[key] = HIDDEN if key in HIDDEN_KEYS else _without(value)
    return event


def _without(value: Any) -> Any:
    """Anything else than a plain value would be written as its text, so its text is looked at too."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return hidden(value if isinstance(value, str) else str(value))


def configure(level: str | None = None) -> None:
    """One handler on stderr for this program's and everybody else's records."""
    from django.conf import settings

    chosen = (level or settings.LOG_LEVEL).upper()
    if chosen not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        chosen = "INFO"
    tty = sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide,
    ]
    renderer: Any = (
        structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], drop_missing=True)
        if tty
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(chosen)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)  # statements carry what clients wrote,
    logging.getLogger("django.template").setLevel(logging.INFO)  # and so do the contexts of pages
    for library in ("httpx", "httpcore"):  # they write every address at INFO, and some of those are secrets
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


log = structlog.stdlib.get_logger("leaddrum.request")
_SANE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestId:
    """Middleware: each request has an id, in every line it logs and in the answer's `X-Request-ID`."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SANE_ID.fullmatch(given) else secrets.token_hex(8)
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.answer(request)
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            log.debug("request", method=request.method, path=request.path, status=response.status_code, ms=milliseconds)
        response["X-Request-ID"] = request_id
        return response
