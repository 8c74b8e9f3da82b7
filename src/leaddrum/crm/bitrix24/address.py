"""The address of an inbound webhook: `https://portal/rest/27/secret/`. Its last part is a secret and is never shown."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

_PATH = re.compile(r"(?P<before>/(?:[^/]+/)*?)rest/(?P<user>\d+)/(?P<secret>[A-Za-z0-9_-]+)(?:/[A-Za-z0-9_.-]*)?/?")


class WrongAddress(ValueError):
    """It is no webhook's address. The text says what is wrong and shows no secret."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """`base`: the portal's REST address, `https://portal/rest/`."""

    base: str
    user: int
    secret: str

    def __repr__(self) -> str:
        return f"Webhook({self.base}{self.user}/…)"

    @property
    def url(self) -> str:
        return f"{self.base}{self.user}/{self.secret}/"


def webhook(text: str) -> Webhook:
    """Read an address as it is copied from the portal; a method's name behind it does no harm.

    Raises:
        WrongAddress: it is none, or it would send the secret in clear through a network.
    """
    text = text.strip().strip("\"'<>")
    if not text:
        raise WrongAddress(_("the address is empty"))
    if "://" not in text:
        raise WrongAddress(_("the address must begin with https://"))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise WrongAddress(_("the address cannot be read: check its host and port")) from error
    host = parts.hostname or ""
    if not host or parts.username or parts.password:
        raise WrongAddress(_("the address must look like https://PORTAL.bitrix24.ru/rest/1/SECRET/"))
    check_scheme(parts.scheme, host)
    match = _PATH.fullmatch(parts.path)
    if match is None:
        raise WrongAddress(
            _("this is no inbound webhook: its address looks like https://PORTAL.bitrix24.ru/rest/1/SECRET/")
        )
    place = f"[{host}]" if ":" in host else host
    base = f"{parts.scheme}://{place}{f':{port}' if port else ''}{match['before']}rest/"
    return Webhook(base, int(match["user"]), match["secret"])


def check_scheme(scheme: str, host: str) -> None:
    """
    Raises:
        WrongAddress: not https, and not this very machine.
    """
    if scheme == "https" or (scheme == "http" and is_loopback(host)):
        return
    if scheme == "http":
        raise WrongAddress(_("plain http:// would show the secret to the network: use https://"))
    raise WrongAddress(_("the address must begin with https://"))


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
