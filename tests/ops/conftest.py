"""A postbox that really speaks SMTP, and installations run by real processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.crash.conftest import make_site, site
from tests.ops.postbox import Postbox

__all__ = ["make_site", "site"]


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
