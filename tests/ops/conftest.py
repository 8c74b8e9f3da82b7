"""A postbox that really speaks SMTP, and installations run by real processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from leaddrum.channels import pace
from tests.crash.conftest import make_site, site
from tests.ops import botserver
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


@pytest.fixture
def telegram(settings: Any, db: None) -> Iterator[botserver.Telegram]:
    """The Telegram of this installation, whose bot is set."""
    double = botserver.Telegram()
    double.start()
    settings.TELEGRAM_TOKEN, settings.TELEGRAM_API = botserver.TOKEN, double.url
    settings.TELEGRAM_UPDATES = "poll"
    settings.PUBLIC_URL = "https://leads.example.com"
    pace.forget()
    try:
        yield double
    finally:
        pace.forget()
        double.stop()
