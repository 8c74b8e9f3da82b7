"""A thin client of the Telegram Bot API (https://core.telegram.org/bots/api): one call, plain answers.

The token stands in the address of every call, so an address of it is never put into an error or a log.
"""

from __future__ import annotations

import re
import ssl
from functools import cache
from typing import Any, Self

import httpx
from django.conf import settings

from leaddrum.channels import pace

PATIENCE = 15.0  # seconds for one call
_TOKEN = re.compile(r"bot\d+:[\w-]+")


Upload = tuple[str, tuple[str, bytes, str]]  # parameter, (name, content, type)


class BotError(Exception):
    """A call that did not do what was asked."""


class Refused(BotError):
    """Telegram answered, and refused.

    `retry_after`: seconds until it may be asked again (429). `migrated`: the group has become the supergroup of that
    number.
    """

    def __init__(self, code: int, description: str, retry_after: float = 0.0, migrated: int | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code, self.description = code, description
        self.retry_after, self.migrated = retry_after, migrated

    @property
    def gone(self) -> bool:
        """No message to this chat will ever arrive: the bot is blocked or removed, the account or chat is no more."""
        said = self.description.lower()
        return self.code == 403 or (self.code == 400 and any(words in said for words in _GONE))


_GONE = ("chat not found", "user not found", "user is deactivated", "peer_id_invalid", "group chat was upgraded")


class Unreachable(BotError):
    """No answer. `doubtful`: the call had gone out whole, and may have been carried out."""

    def __init__(self, error: str, *, doubtful: bool) -> None:
        super().__init__(error)
        self.doubtful = doubtful


class Bot:
    """The calls of one bot over one connection, to be closed at the end. Several threads may call at once."""

    def __init__(self, token: str, base: str) -> None:
        self.limits = pace.of(number_of(token))
        self._client = httpx.Client(base_url=f"{base.rstrip('/')}/bot{token}/", timeout=PATIENCE, verify=_trusted())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def call(self, method: str, *, patience: float = PATIENCE, file: Upload | None = None, **parameters: Any) -> Any:
        """One call; parameters that are None are left out. `file` goes with it, under the name of its parameter.

        Raises:
            Refused: Telegram said no.
            Unreachable: there was no answer, or none that can be read.
        """
        body = {name: value for name, value in parameters.items() if value is not None}
        try:
            if file is None:
                answer = self._client.post(method, json=body, timeout=patience)
            else:
                answer = self._client.post(method, data=body, files=dict([file]), timeout=patience)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable(type(error).__name__, doubtful=False) from None
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__, doubtful=True) from None
        return _read(answer)


@cache
def _trusted() -> ssl.SSLContext:
    """Read once: the list of authorities takes as long as several calls."""
    return httpx.create_ssl_context()


def _read(answer: httpx.Response) -> Any:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict) or "ok" not in said:
        raise Unreachable(f"HTTP {answer.status_code}", doubtful=answer.status_code >= 500)
    if said["ok"]:
        return said.get("result")
    parameters = said.get("parameters") or {}
    code, words = int(said.get("error_code", answer.status_code)), without_token(str(said.get("description", "")))
    if code >= 500:  # its own trouble, and nothing about this call
        raise Unreachable(f"{code} {words}", doubtful=True)
    raise Refused(
        code,
        words,
        float(parameters.get("retry_after", 0)),
        parameters.get("migrate_to_chat_id"),
    )


def without_token(text: str) -> str:
    return _TOKEN.sub("bot…", text)


def number_of(token: str) -> int:
    """The bot's own number, as its messages name it; 0: the token is none."""
    number = token.partition(":")[0]
    return int(number) if number.isdecimal() and len(number) < 19 else 0


def bot_number() -> int:
    """Of the bot of this installation; 0: there is none."""
    return number_of(settings.TELEGRAM_TOKEN)


def bot() -> Bot | None:
    """The bot of this installation; None: it has none."""
    return Bot(settings.TELEGRAM_TOKEN, settings.TELEGRAM_API) if settings.TELEGRAM_TOKEN else None
