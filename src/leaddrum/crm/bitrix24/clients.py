"""One client per portal and process, made anew when its access changes."""

from __future__ import annotations

import threading

from leaddrum.crm.bitrix24 import oauth
from leaddrum.crm.bitrix24.access import ByWebhook, NoAccess, kept
from leaddrum.crm.bitrix24.books import Shared
from leaddrum.crm.bitrix24.budget import Limits
from leaddrum.crm.bitrix24.client import Access, Client
from leaddrum.models import Portal

_clients: dict[int, tuple[str, Client]] = {}
_lock = threading.Lock()


def of(portal: Portal) -> Client:
    """
    Raises:
        NoAccess: nothing is there to get in with.
    """
    access = access_of(portal)
    mark = f"{access.url('')} {portal.plan.get('license', '')}"
    with _lock:
        known = _clients.get(portal.pk)
        if known is not None and known[0] == mark:
            known[1].access = access  # an application's tokens may have been renewed elsewhere
            return known[1]
        if known is not None:
            known[1].close()
        client = Client(access, Shared(portal.pk, Limits.of(str(portal.plan.get("license", "")))))
        _clients[portal.pk] = (mark, client)
        return client


def forget() -> None:
    """Between tests, whose databases give the same numbers to other portals."""
    with _lock:
        for _mark, client in _clients.values():
            client.close()
        _clients.clear()


def access_of(portal: Portal) -> Access:
    """
    Raises:
        NoAccess: nothing is there to get in with.
    """
    application = oauth.access_of(portal)
    if application is not None:
        return application
    hook = kept(portal.company.key, str(portal.settings.get("webhook_file", "")))
    if portal.base and hook.user != portal.user:
        raise NoAccess("the webhook belongs to another employee than the one that was connected: connect again")
    return ByWebhook(hook, portal.base, lambda base: _moved(portal.pk, base))


def _moved(portal: int, base: str) -> None:
    Portal.objects.filter(pk=portal).update(base=base)
