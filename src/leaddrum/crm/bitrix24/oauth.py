"""An application's tokens: kept per portal, renewed only when they have expired, by one process at a time.

Renewing gives a new pair and kills the old refresh token (documentation: `settings/oauth/auto-renewal`), so

1. whoever finds the token expired looks first whether somebody has renewed it meanwhile;
2. takes the lease, or waits until the one who has it is done;
3. asks the authorization server, outside any transaction, and saves the new pair in one statement.

The access token lives an hour, the refresh token 180 days; renewing by a timetable is forbidden.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from django.conf import settings

from leaddrum import clock, sealed
from leaddrum.crm.bitrix24.access import NoAccess
from leaddrum.crm.bitrix24.address import is_loopback
from leaddrum.models import Portal, PortalApp

LEASE = timedelta(seconds=30)  # longer than one question to the authorization server may take
TIMEOUT = httpx.Timeout(20.0, connect=5.0)
PATIENCE, LOOK = 15.0, 0.1  # seconds: how long another one's renewal is waited for, and how often it is looked for
DEFAULT = "https://oauth.bitrix.info/"
VENDORS = ("bitrix.info", "bitrix24.tech", "bitrix24.com", "bitrix24.ru")
OVER = {"invalid_grant", "invalid_client", "insufficient_scope", "invalid_scope"}  # no second try will change it
log = structlog.stdlib.get_logger("leaddrum.crm.bitrix24")


class ByApplication:
    """Asks as the administrator who installed the application."""

    application = True

    def __init__(self, app: PortalApp) -> None:
        """
        Raises:
            NoAccess: it is not installed, or its tokens cannot be read.
        """
        if app.state != PortalApp.State.INSTALLED:
            raise NoAccess(f"the application is not installed in the portal ({app.state})")
        self._app = app.pk
        self.base, self.user = app.base, app.user
        self._access = _unsealed(app.access)

    def url(self, method: str) -> str:
        return f"{self.base}{method}"

    def signed(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {**params, "auth": self._access}

    def renew(self) -> bool:
        found = renewed(self._app, self._access)
        if found is None:
            return False
        self._access, self.base = found
        return True

    def moved(self, base: str) -> None:
        """The portal was renamed: it stays the same portal."""
        self.base = base
        PortalApp.objects.filter(pk=self._app).update(base=base)

    def hidden(self, text: str) -> str:
        return text.replace(self._access, "…")


def at(address: str) -> ByApplication | None:
    """Our application in the portal of this address, where it is installed; None: the address is another thing."""
    host = urlsplit(address.strip()).netloc.lower()
    for app in PortalApp.objects.filter(state=PortalApp.State.INSTALLED):
        if host and urlsplit(app.base).netloc.lower() == host and not _has_secret(address):
            return ByApplication(app)
    return None


def _has_secret(address: str) -> bool:
    """`/rest/1/SECRET/`: a webhook, which its owner means when he types it."""
    return len([part for part in urlsplit(address.strip()).path.split("/") if part]) > 1


def access_of(portal: Portal) -> ByApplication | None:
    """A way into a portal besides its webhook, where our application is installed and the portal was connected so."""
    if not portal.application:
        return None
    app = PortalApp.objects.filter(company=portal.company_id).first()
    return ByApplication(app) if app is not None else None


def renewed(app: int, old: str) -> tuple[str, str] | None:
    """A token that is newer than `old`, and the portal's address; None when there is none to be had now."""
    mine = secrets.token_hex(16)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        row = PortalApp.objects.get(pk=app)
        if row.state != PortalApp.State.INSTALLED:
            return None
        if (kept := _unsealed(row.access)) != old:
            return kept, row.base
        if _claimed(row, mine):
            return _exchanged(row, mine)
        time.sleep(LOOK)
    return None


def _claimed(row: PortalApp, mine: str) -> bool:
    """Whether it is ours to renew: nobody is at it, or his lease has run out."""
    now = clock.now()
    free = PortalApp.objects.filter(pk=row.pk, access=row.access, renewing="")
    over = PortalApp.objects.filter(pk=row.pk, access=row.access, renewing_until__lt=now)
    lease = {"renewing": mine, "renewing_until": now + LEASE}
    return bool(free.update(**lease)) or bool(over.update(**lease))


def _exchanged(row: PortalApp, mine: str) -> tuple[str, str] | None:
    held = PortalApp.objects.filter(pk=row.pk, renewing=mine)
    answer = ask(row, {"grant_type": "refresh_token", "refresh_token": _unsealed(row.refresh)})
    if answer is None:
        held.update(renewing="", renewing_until=None)
        return None
    if "access_token" not in answer:
        code = str(answer.get("error", ""))
        state = PortalApp.State.LOST if code in OVER else row.state
        held.update(renewing="", renewing_until=None, state=state, error=f"renewing the access: {code}"[:500])
        log.warning("the access was not renewed", portal=row.base, error=code[:100])
        return None
    base = _base(row, answer)
    saved = held.update(**pair(answer, clock.now()), base=base, renewing="", renewing_until=None, error="")
    return (str(answer["access_token"]), base) if saved else None


def ask(row: PortalApp, grant: Mapping[str, str]) -> dict[str, Any] | None:
    """The authorization server's answer; None when none came. Nothing of it is logged."""
    params = {"client_id": row.client_id, "client_secret": _unsealed(row.client_secret), **grant}
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as http:
            answer = http.get(f"{row.authority or DEFAULT}oauth/token/", params=params)
            found = answer.json()
    except (httpx.HTTPError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def pair(answer: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The columns of a new pair of tokens."""
    return {
        "access": sealed.seal_one(str(answer["access_token"])),
        "refresh": sealed.seal_one(str(answer["refresh_token"])),
        "renewed_at": now,
    }


def _base(row: PortalApp, answer: Mapping[str, Any]) -> str:
    """The portal's address as the authorization server knows it: it is told of a new name first."""
    told = str(answer.get("client_endpoint") or "")
    parts, before = urlsplit(told), urlsplit(row.base)
    known = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not parts.netloc or not known or is_loopback(parts.hostname or "") != is_loopback(before.hostname or ""):
        return row.base
    return told


def authority(told: str, portal: str) -> str:
    """Where a portal's tokens are renewed. What a portal or a browser tells is believed of the vendor's hosts only:
    our client secret goes there.

    Args:
        told: `server_endpoint` as it came, `https://oauth.bitrix.info/rest/`.
        portal: the portal's host; one on this machine may have its authorization server here too.
    """
    if settings.BITRIX24_OAUTH:
        return f"{settings.BITRIX24_OAUTH.rstrip('/')}/"
    parts = urlsplit(told)
    host = parts.hostname or ""
    if parts.scheme == "https" and any(host == vendor or host.endswith(f".{vendor}") for vendor in VENDORS):
        return f"https://{parts.netloc}/"
    if is_loopback(host) and is_loopback(portal):
        return f"{parts.scheme}://{parts.netloc}/"
    return DEFAULT


def _unsealed(text: str) -> str:
    """
    Raises:
        NoAccess: it cannot be read.
    """
    try:
        return sealed.unseal_one(text)
    except sealed.UnreadableError:
        raise NoAccess(
            "the kept tokens were sealed with another LEADDRUM_SECRET_KEY: open the application once"
        ) from None
