"""Secrets that must be used again: a mailbox's password, a telephony's key. Encrypted under the installation's key.

Whoever has only the database, or a backup of it, reads none. Another key (LEADDRUM_SECRET_KEY) than the one they were
sealed with makes them unreadable: then they are asked for anew. A secret may also stay outside the database:
``@name`` stands for the file `secrets/name` in the data folder.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from pathlib import Path

import orjson
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

FOLDER = "secrets"
_NAME = re.compile(r"[\w.-]{1,64}")


class UnreadableError(ValueError):
    """The secret cannot be read here; says why."""


def seal(secrets: Mapping[str, str]) -> str:
    """The secrets as text for the database; '' when there are none."""
    kept = {name: value for name, value in secrets.items() if value}
    return seal_one(orjson.dumps(kept).decode()) if kept else ""


def seal_one(secret: str) -> str:
    """One secret alone, as text for the database."""
    return _box().encrypt(secret.encode()).decode("ascii")


def unseal_one(text: str) -> str:
    """
    Raises:
        UnreadableError: sealed with another key.
    """
    try:
        return _box().decrypt(text.encode("ascii")).decode()
    except (InvalidToken, ValueError) as error:
        raise UnreadableError("sealed with another secret key: enter the secret again") from error


def unseal(text: str) -> dict[str, str]:
    """What `seal` put in, with `@name` replaced by what the file holds.

    Raises:
        UnreadableError: sealed with another key, or a file is not there.
    """
    return {name: _from_file(value) for name, value in stored(text).items()}


def stored(text: str) -> dict[str, str]:
    """What `seal` put in, as it was put in.

    Raises:
        UnreadableError: sealed with another key.
    """
    found: dict[str, str] = orjson.loads(unseal_one(text)) if text else {}
    return found


def derived(*what: object) -> str:
    """A secret of our own for that purpose: nothing of it is kept, it is made anew from the installation's key."""
    said = ":".join(str(part) for part in ("leaddrum", *what))
    digest = hmac.new(settings.SECRET_KEY.encode(), said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _from_file(value: str) -> str:
    if not value.startswith("@"):
        return value
    name = value.removeprefix("@")
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise UnreadableError(f"“{value}” is no name of a file in the folder {FOLDER}")
    try:
        return Path(settings.DATA / FOLDER / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{FOLDER}/{name}: {error}") from error


def _box() -> Fernet:
    key = hashlib.sha256(b"leaddrum.sealed:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
