"""The stage: a data folder of its own, a clock that is put forward by hand, the real pages on a real port."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from waitress.server import create_server

from leaddrum import clock, start

HOST = "127.0.0.1"


@dataclass
class Stage:
    """What the play is given. Everybody reads `now`, pages and forms included; the play alone puts it forward."""

    lang: str
    url: str
    now: datetime

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@contextmanager
def opened(lang: str, port: int) -> Iterator[Stage]:
    """An empty installation that serves its pages.

    Raises:
        CannotStartError: the port is taken, or no temporary folder can be made.
    """
    with tempfile.TemporaryDirectory(prefix="leaddrum-demo-", ignore_cleanup_errors=True) as folder:
        _prepare(folder)
        stage = Stage(lang, "", datetime.now(UTC))
        with clock.reading(lambda: stage.now), _served(port) as stage.url:
            yield stage


def _prepare(folder: str) -> None:
    """Settings of its own: nothing that the surroundings say about databases or mail counts here."""
    for name in [name for name in os.environ if name.startswith(("LEADDRUM_", "DATABASE_URL"))]:
        del os.environ[name]
    os.environ["LEADDRUM_LOG"] = "error"  # the terminal is for the story
    os.environ["LEADDRUM_FORM_RATE"] = "600/minute"
    start.prepare(folder)
    start.migrate()


@contextmanager
def _served(port: int) -> Iterator[str]:
    from django.conf import settings
    from django.db import connections

    from leaddrum.wsgi import application

    try:
        server: Any = create_server(application, host=HOST, port=port, threads=4)  # its type names too few of its parts
    except OSError as error:
        raise start.CannotStartError(f"{HOST}:{port}: {start.in_words(error) or error}") from error
    url = f"http://{HOST}:{server.effective_port}"
    settings.PUBLIC_URL = url
    thread = threading.Thread(target=server.run, name="leaddrum-demo-pages", daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.trigger.pull_trigger(server.close)
        server.task_dispatcher.shutdown()
        thread.join(timeout=3)
        connections.close_all()


def company_file(lang: str) -> bytes:
    """The sample company in that language."""
    return (Path(__file__).parent / f"company.{lang}.toml").read_bytes()
