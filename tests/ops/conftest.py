"""A postbox that really speaks SMTP, and installations run by real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ops.postbox import Postbox


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    """The mail server of this installation."""
    box = Postbox()
    box.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
    settings.PUBLIC_URL = "https://leads.example.com"
    try:
        yield box
    finally:
        box.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder for the settings in force."""
    return tmp_path
