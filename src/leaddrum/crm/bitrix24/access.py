"""The ways into a portal that are known: a webhook's address, kept beside the database and not in it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from leaddrum.crm.bitrix24.address import Webhook, WrongAddress, webhook


class NoAccess(Exception):
    """Nothing is there to get into the portal with; says what is missing."""


class ByWebhook:
    """Asks as the employee whose inbound webhook it is."""

    application = False

    def __init__(self, hook: Webhook, base: str = "", moved: Callable[[str], None] = lambda _base: None) -> None:
        self._hook, self._moved = hook, moved
        self.base = base or hook.base
        self.user = hook.user

    def url(self, method: str) -> str:
        return f"{self.base}{self._hook.user}/{self._hook.secret}/{method}"

    def signed(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return dict(params)

    def renew(self) -> bool:
        return False

    def moved(self, base: str) -> None:
        self.base = base
        self._moved(base)

    def hidden(self, text: str) -> str:
        return text.replace(self._hook.secret, "…")


def file_of(company: str) -> Path:
    """Where a company's webhook is kept: a file of the data folder that only its owner reads."""
    return Path(settings.DATA) / f"bitrix24-{company}.webhook"


def keep(company: str, hook: Webhook) -> None:
    """Write it there, whole or not at all."""
    file = file_of(company)
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(hook.url + "\n")
            out.flush()
            os.fsync(out.fileno())
        part.rename(file)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def kept(company: str, named: str = "") -> Webhook:
    """The webhook of a company: the setting's, the one in the file that the company file names, or in the data folder.

    Raises:
        NoAccess: there is none, or what is there is none.
    """
    if settings.BITRIX24_WEBHOOK:
        return _read(settings.BITRIX24_WEBHOOK)
    return (_in(Path(named)) if named else None) or connected(company)


def connected(company: str) -> Webhook:
    """The webhook by which it was connected last.

    Raises:
        NoAccess: there is none, or what is there is none.
    """
    found = _in(file_of(company))
    if found is None:
        raise NoAccess("the webhook is missing: run `leaddrum connect bitrix24 ADDRESS` again")
    return found


def _in(file: Path) -> Webhook | None:
    try:
        return _read(file.read_text(encoding="utf-8")) if file.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise NoAccess(f"the file with the webhook cannot be read: {type(error).__name__}") from error


def _read(text: str) -> Webhook:
    try:
        return webhook(text)
    except WrongAddress as error:
        raise NoAccess(f"the kept webhook cannot be used: {error}") from error
