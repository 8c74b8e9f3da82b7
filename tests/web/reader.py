"""What a reader sees of a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from django.test import Client

Browser = Callable[..., Client]


def text(page: bytes) -> str:
    """The page without its tags."""
    body = re.sub(r"<(script|style|head).*?</\1>", " ", page.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))
