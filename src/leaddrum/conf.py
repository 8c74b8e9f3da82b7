"""Every setting of an installation, in one table: it feeds the settings, `docs/settings.md` and the test of it.

A setting is an environment variable `LEADDRUM_<NAME>` (plus `DATABASE_URL`); a secret may come from a file instead,
named by `<VARIABLE>_FILE`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from limits import parse as rate_of


class SettingError(ValueError):
    """A setting's value cannot be used; says which and why."""


@dataclass(frozen=True, slots=True)
class Option:
    variable: str
    default: str
    meaning: str
    secret: bool = False


def _on(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("use 1 or 0")


OPTIONS: tuple[Option, ...] = (
    Option("LEADDRUM_DATA", "data", "Folder that holds everything of an embedded installation: database, key, mail."),
    Option("DATABASE_URL", "", "PostgreSQL to use instead of the embedded SQLite: postgres://user@host/name.", True),
    Option("LEADDRUM_SECRET_KEY", "", "Signs sessions and links; empty: made once and kept in the data folder.", True),
    Option("LEADDRUM_HOSTS", "localhost,127.0.0.1,[::1]", "Host names the pages answer to, separated by commas."),
    Option("LEADDRUM_URL", "", "Public address of the pages, used in mails; empty: the address it listens on."),
    Option(
        "LEADDRUM_HTTPS",
        "0",
        "1 behind a TLS proxy, with LEADDRUM_PROXIES: secure cookies, HSTS, its scheme trusted.",
    ),
    Option("LEADDRUM_PROXIES", "0", "How many proxies in front add to X-Forwarded-For; 0: the header is ignored."),
    Option("LEADDRUM_SESSION_HOURS", "720", "Hours until somebody signed in has to sign in again."),
    Option(
        "LEADDRUM_SECOND_FACTOR",
        "optional",
        "Who must have a second factor: optional (nobody, all may), admins, heads (with admins), all.",
    ),
    Option("LEADDRUM_FRAME_ANCESTORS", "", "Origins that may frame the public form, separated by spaces."),
    Option(
        "LEADDRUM_MAIL_URL",
        "",
        "smtp://user:password@host:587 or smtps://…; empty: mails are files in data/mail.",
        True,
    ),
    Option("LEADDRUM_MAIL_FROM", "LeadDrum <leaddrum@localhost>", "Sender of the mails."),
    Option("LEADDRUM_BITRIX24_WEBHOOK", "", "A portal's webhook; empty: the one kept in the data folder.", True),
    Option("LEADDRUM_TELEGRAM_TOKEN", "", "Token of the bot that tells people of their leads, from @BotFather.", True),
    Option(
        "LEADDRUM_TELEGRAM_UPDATES",
        "poll",
        "How presses come back: poll (no public address needed), or webhook (LEADDRUM_URL must be https).",
    ),
    Option("LEADDRUM_TELEGRAM_API", "https://api.telegram.org", "Bot API server; one of your own behind a firewall."),
    Option(
        "LEADDRUM_POST_TO",
        "",
        "Private networks that may be posted into (webhooks, gateways, token services), as 10.0.0.0/8,…; empty: none.",
    ),
    Option(
        "LEADDRUM_BITRIX24_PRESSES",
        "auto",
        "How presses of the portal's bot come: webhook (LEADDRUM_URL must be reached by the portal), fetch, or auto:"
        " webhook where that address is https:// and of no private network.",
    ),
    Option("LEADDRUM_BITRIX24_OAUTH", "", "Where an application's tokens are renewed; empty: what the portal names."),
    Option("LEADDRUM_SMTP_LISTEN", "", "Address of an SMTP listener of our own, as 127.0.0.1:2525; empty: none."),
    Option("LEADDRUM_FORM_RATE", "30/minute", "Posts of the public form from one address before it must wait."),
    Option("LEADDRUM_API_RATE", "6000/minute", "API calls with one token before it must wait."),
    Option("LEADDRUM_SQLITE_WAIT", "20", "Seconds a writer of the embedded database waits for another one to finish."),
    Option("LEADDRUM_TICK", "1.0", "Seconds the engine sleeps at most when nothing is due."),
    Option("LEADDRUM_LOG", "info", "Least level that is logged: debug, info, warning, error."),
    Option("LEADDRUM_DEBUG", "0", "1: Django's debug pages. Never on a public address."),
)


def read(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Each option's value, by variable.

    Raises:
        SettingError: a `_FILE` cannot be read.
    """
    values = {}
    for option in OPTIONS:
        value = environ.get(option.variable, "")
        file = environ.get(option.variable + "_FILE", "") if option.secret else ""
        if file:
            try:
                value = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingError(f"{option.variable}_FILE: {file}: {error}") from error
        values[option.variable] = value or option.default
    return values


def positive(text: str) -> float:
    """
    Raises:
        ValueError: it is no number above 0.
    """
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError("use a number above 0")
    return number


def count(text: str) -> int:
    """
    Raises:
        ValueError: it is no whole number from 0 on.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise ValueError("use a whole number from 0 on")
    return int(text)


def rate(text: str) -> str:
    """
    Raises:
        ValueError: it is no rate.
    """
    try:
        rate_of(text)
    except ValueError as error:
        raise ValueError("use a rate, as 30/minute") from error
    return text


def address(text: str) -> str:
    """
    Raises:
        ValueError: it is no address of pages.
    """
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("use https://name")
    return text.rstrip("/")


def level(text: str) -> str:
    """
    Raises:
        ValueError: there is no such level.
    """
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError("use debug, info, warning or error")
    return text.lower()


def networks(text: str) -> tuple[str, ...]:
    """
    Raises:
        ValueError: one of them is no network.
    """
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in found:
        ip_network(part)
    return found


def updates(text: str) -> str:
    """
    Raises:
        ValueError: it is neither way.
    """
    if text not in {"poll", "webhook"}:
        raise ValueError("use poll or webhook")
    return text


def presses(text: str) -> str:
    """
    Raises:
        ValueError: it is no such way.
    """
    if text not in {"auto", "fetch", "webhook"}:
        raise ValueError("use auto, fetch or webhook")
    return text


def second_factor(text: str) -> str:
    """
    Raises:
        ValueError: it names nobody.
    """
    if text not in {"optional", "admins", "heads", "all"}:
        raise ValueError("use optional, admins, heads or all")
    return text


def listen(text: str) -> str:
    """
    Raises:
        ValueError: it is no HOST:PORT.
    """
    port = text.rpartition(":")[2]
    if text and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("use HOST:PORT")
    return text


T = TypeVar("T")


def parsed(values: Mapping[str, str], variable: str, parse: Callable[[str], T]) -> T:
    """One value through `parse`.

    Raises:
        SettingError: `parse` refused it.
    """
    try:
        return parse(values[variable])
    except (ValueError, TypeError) as error:
        raise SettingError(f"{variable}={values[variable]!r}: {error}") from error


def flag(values: Mapping[str, str], variable: str) -> bool:
    return parsed(values, variable, _on)


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    user: str
    password: str
    ssl: bool
    starttls: bool


def mail_server(url: str) -> MailServer:
    """The server of LEADDRUM_MAIL_URL. `smtps` speaks TLS from the start; `smtp` turns to it on port 587 or when a
    password is to be sent, and not for a plain relay.

    Raises:
        ValueError: it is no such URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("use smtp://user:password@host:587 or smtps://…")
    ssl = parts.scheme == "smtps"
    port = parts.port or (465 if ssl else 587 if parts.username else 25)
    return MailServer(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        ssl=ssl,
        starttls=not ssl and (port == 587 or bool(parts.username)),
    )


def document() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable. `leaddrum COMMAND --data DIR` sets `LEADDRUM_DATA` for it.",
        "Those marked *secret* may come from a file instead: `NAME_FILE=/run/secrets/name`.",
        "A value that cannot be used is refused at the start, with its name.",
        "This page is written by `python -m leaddrum.conf > docs/settings.md`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for option in OPTIONS:
        default = f"`{option.default}`" if option.default else "–"
        secret = " *Secret.*" if option.secret else ""
        lines.append(f"| `{option.variable}` | {default} | {option.meaning}{secret} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
