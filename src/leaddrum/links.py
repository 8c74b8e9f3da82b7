"""Links in messages: where the pages are, and the one that takes a lead in one press (S-34).

The take link is signed and bound to a turn and a person. Whoever opens it sees a page with a button; only the press
takes, so a mail program that follows links changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core import signing

SALT = "leaddrum.turn"
MAX_AGE = timedelta(days=14)
ADDRESS_FILE = "address"  # in the data folder: where the pages were last served


class BadLink(ValueError):
    """Not one of ours, damaged, or older than `MAX_AGE`."""


@dataclass(frozen=True, slots=True)
class TurnLink:
    cycle: int
    turn: int
    person: int


def make(cycle: int, turn: int, person: int) -> str:
    """The signed name of a turn for one person."""
    return signing.dumps([cycle, turn, person], salt=SALT)


def read(token: str) -> TurnLink:
    """What `make` put in.

    Raises:
        BadLink: it is not readable or too old.
    """
    try:
        cycle, turn, person = signing.loads(token, salt=SALT, max_age=MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadLink(str(error)) from error
    return TurnLink(cycle, turn, person)


def turn_url(cycle: int, turn: int, person: int) -> str:
    return f"{public_url()}/t/{make(cycle, turn, person)}"


def sign_in_url(secret: str) -> str:
    return f"{public_url()}/sign-in/link/{secret}"


def public_url() -> str:
    """Where the pages are, without a slash at the end: LEADDRUM_URL, else where they were last served from."""
    if settings.PUBLIC_URL:
        return str(settings.PUBLIC_URL)
    try:
        return Path(settings.DATA / ADDRESS_FILE).read_text(encoding="ascii").strip()
    except OSError:
        return "http://127.0.0.1:8000"


def remember(url: str) -> None:
    """The pages are served at this address now."""
    Path(settings.DATA / ADDRESS_FILE).write_text(url, encoding="ascii")
