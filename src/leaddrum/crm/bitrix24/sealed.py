"""Secrets that must be used again: the tokens of an application. In the database they are encrypted.

The key is made from the server's secret key, so the database alone, a copy of it or a look into the admin shows none.
Whoever has both has them, as does a backup, which holds the key to make links go on working.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

PURPOSE = b"leaddrum.bitrix24.sealed"


class Unreadable(Exception):
    """It was sealed with another secret key."""


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def unseal(text: str) -> str:
    """
    Raises:
        Unreadable: it was sealed with another secret key.
    """
    try:
        return _box().decrypt(text.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def digest(secret: str) -> str:
    """What is kept of a secret that is only compared: 128 random bits and more cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _box() -> Fernet:
    key = hashlib.blake2b(PURPOSE, key=hashlib.sha256(settings.SECRET_KEY.encode()).digest(), digest_size=32).digest()
    return Fernet(base64.urlsafe_b64encode(key))
