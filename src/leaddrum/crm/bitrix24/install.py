"""An application comes to a portal and leaves it.

An administrator here names the portal and the application's keys first (`expect`). Only then can it be installed:
whoever else posts to our address installs nothing. What the portal or a browser posts is believed after the portal
itself, asked at the address we were given here, has said whose token it is:

1. `app.info`: it is a token of this very application;
2. `profile`: it is an administrator's.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from django.conf import settings

from leaddrum import sealed
from leaddrum.access import digest
from leaddrum.crm.bitrix24 import oauth
from leaddrum.crm.bitrix24.address import WrongAddress, check_scheme
from leaddrum.models import Company, Lane, Portal, PortalApp

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
LANE = "crm-app"  # on which the application is looked after
log = structlog.stdlib.get_logger("leaddrum.crm.bitrix24")


class Refused(Exception):
    """It is not believed; the text is for our log. `not_admin`: everything else was right."""

    def __init__(self, why: str, *, not_admin: bool = False) -> None:
        super().__init__(why)
        self.not_admin = not_admin


@dataclass(frozen=True, slots=True)
class Posted:
    """What both ways of installing bring: the event `ONAPPINSTALL`, or an administrator's browser."""

    member: str
    host: str
    access: str
    refresh: str
    authority: str
    application_token: str


def expect(company: Company, portal: str, client_id: str, client_secret: str) -> PortalApp:
    """An application that may be installed: `portal` is its portal's address, the keys are those of its card.

    Raises:
        WrongAddress: the address is none, or not https.
    """
    parts = urlsplit(portal if "://" in portal else f"https://{portal}")
    check_scheme(parts.scheme, parts.hostname or "")
    if not parts.netloc or parts.username:
        raise WrongAddress("the address must look like https://PORTAL.bitrix24.ru")
    values = {
        "base": f"{parts.scheme}://{parts.netloc}/rest/",
        "client_id": client_id,
        "client_secret": sealed.seal_one(client_secret),
        "state": PortalApp.State.EXPECTED,
        "member_id": None,
        "application_token": "",
        "access": "",
        "refresh": "",
        "bound_at": None,
        "error": "",
    }
    return PortalApp.objects.update_or_create(company=company, defaults=values)[0]


def company_of(portal: str, key: str | None) -> Company:
    """The company that an application's portal belongs to: the one named, the one this portal is, or a new one.

    Raises:
        WrongAddress: there is no such company.
    """
    if key is not None:
        named = Company.objects.filter(key=key).first()
        if named is None:
            raise WrongAddress(f"there is no company {key!r}")
        return named
    host = urlsplit(portal if "://" in portal else f"https://{portal}").netloc.lower()
    bases = [*PortalApp.objects.values_list("company", "base"), *Portal.objects.values_list("company", "base")]
    for company, base in bases:
        if urlsplit(base).netloc.lower() == host:
            return Company.objects.get(pk=company)
    return shell(portal)


def shell(portal: str) -> Company:
    """The company of a portal that is not known yet: a name and nothing else, until the portal is connected."""
    host = (urlsplit(portal if "://" in portal else f"https://{portal}").hostname or "").lower()
    first = host.split(".")[0]
    name = "bitrix24" if not first or first.isdigit() else first
    key, number = name, 2
    while Company.objects.filter(key=key).exists():
        key, number = f"{name}-{number}", number + 1
    return Company.objects.create(key=key, name=host or name, zone="Europe/Moscow")


def command(company: Company, portal: str, client_id: str, client_secret: str, *, write: Callable[[str], None]) -> None:
    """`leaddrum application bitrix24`.

    Raises:
        WrongAddress: the address is none.
    """
    app = expect(company, portal, client_id, client_secret)
    home = settings.PUBLIC_URL or "https://YOUR-ADDRESS"
    write(f"{company.name}: the application of {urlsplit(app.base).netloc} is expected.")
    write(f"Its handler in the portal's form: {home}/bitrix24/frame")
    write(f"Its initial installation path:    {home}/bitrix24/install")
    if not settings.PUBLIC_URL:
        write("LEADDRUM_URL is not set: the portal needs a public https:// address of this server.")
    write("Now an administrator of the portal opens the application once.")


def install(posted: Posted, *, now: datetime) -> PortalApp:
    """The application is in the portal, and these are its tokens; repeated it changes nothing but them.

    Raises:
        Refused: nobody here expects it, the token is none of this application's, or not an administrator's.
    """
    app = expected(posted)
    who = verified(app, posted.access)
    if not who.admin:
        raise Refused("the application must be installed by an administrator of the portal", not_admin=True)
    clash = PortalApp.objects.filter(member_id=posted.member).exclude(pk=app.pk)
    if clash.exists():
        raise Refused("this portal is installed for another company here")
    tokens = oauth.pair({"access_token": posted.access, "refresh_token": posted.refresh}, now)
    PortalApp.objects.filter(pk=app.pk).update(
        **tokens,
        state=PortalApp.State.INSTALLED,
        member_id=posted.member,
        application_token=digest(posted.application_token),
        authority=oauth.authority(posted.authority, urlsplit(app.base).hostname or ""),
        user=who.user,
        error="",
        queue={},
        heard_at=None,
        renewing="",
        renewing_until=None,
    )
    Lane.objects.filter(company=app.company_id, channel=LANE, lease="").update(next_send_at=now)
    app.refresh_from_db()
    log.info("application installed", portal=app.base, user=who.user)
    return app


def expected(posted: Posted) -> PortalApp:
    """The application here that this can be: known by the portal's `member_id`, or expected at this address.

    Raises:
        Refused: none.
    """
    known = PortalApp.objects.filter(member_id=posted.member).first() if posted.member else None
    if known is not None:
        return known
    for app in PortalApp.objects.filter(member_id=None):
        if urlsplit(app.base).netloc.lower() == posted.host.lower():
            return app
    raise Refused("nobody expects an application of this portal")


@dataclass(frozen=True, slots=True)
class Who:
    """The owner of a token, as the portal itself names him."""

    user: int
    admin: bool
    reads: bool = False  # the card that was asked about


def verified(app: PortalApp, access: str, card: tuple[int, int] | None = None) -> Who:
    """Whose token this is, and whether he may read a card (entity type, number). Asked of the portal that we know,
    never of an address that came with the token.

    Raises:
        Refused: it is no token of this application, or the portal does not answer.
    """
    if not access or len(access) > 200:
        raise Refused("no token came along")
    commands = {"app": "app.info", "who": "profile"}
    if card is not None:
        commands["card"] = f"crm.item.get?entityTypeId={card[0]}&id={card[1]}"
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as http:
            answer = http.post(f"{app.base}batch", json={"auth": access, "halt": 0, "cmd": commands})
            body = answer.json()
    except (httpx.HTTPError, ValueError):
        raise Refused("the portal does not answer") from None
    found = _results(body)
    info, who = found.get("app"), found.get("who")
    if not isinstance(info, dict) or not isinstance(who, dict):
        raise Refused("the portal does not know this token")
    if str(info.get("CODE", "")) != app.client_id:
        raise Refused("the token belongs to another application")
    number = str(who.get("ID", ""))
    if not number.isdigit():
        raise Refused("the portal does not say whose token it is")
    item = found.get("card")
    reads = isinstance(item, dict) and isinstance(item.get("item"), dict)
    return Who(int(number), who.get("ADMIN") in (True, "Y", "true", 1, "1"), reads)


def _results(body: Any) -> dict[str, Any]:
    outer = body.get("result") if isinstance(body, dict) else None
    inner = outer.get("result") if isinstance(outer, dict) else None
    return inner if isinstance(inner, dict) else {}


def proven(member: str, application_token: str) -> PortalApp | None:
    """The installation that such an event comes from; None when it is unknown, or the token is not its own."""
    needed = PortalApp.objects.only("company", "state", "base", "application_token")  # they come by the thousand
    app = needed.filter(member_id=member).first() if member else None
    kept = app.application_token if app is not None else digest("")
    if not secrets.compare_digest(kept, digest(application_token)) or not application_token:
        return None
    return app


def proven_for(company_id: int, application_token: str) -> bool:
    """Whether this is the token of the application that is installed for a company."""
    kept = PortalApp.objects.filter(company=company_id, state=PortalApp.State.INSTALLED)
    token = kept.values_list("application_token", flat=True).first() or ""
    return bool(token) and secrets.compare_digest(token, digest(application_token))


def removed(app: PortalApp) -> None:
    """Deleted in the portal: its tokens are dead there and forgotten here. The journal stays."""
    PortalApp.objects.filter(pk=app.pk).update(
        state=PortalApp.State.REMOVED, access="", refresh="", bound_at=None, error="deleted in the portal"
    )
    log.warning("application removed", portal=app.base)


def posted(event: Mapping[str, str]) -> Posted:
    """An `ONAPPINSTALL` event's fields, `auth[member_id]` and so on."""
    return Posted(
        event.get("auth[member_id]", ""),
        event.get("auth[domain]", ""),
        event.get("auth[access_token]", ""),
        event.get("auth[refresh_token]", ""),
        event.get("auth[server_endpoint]", ""),
        event.get("auth[application_token]", ""),
    )


def framed(query: Mapping[str, str], form: Mapping[str, str]) -> Posted:
    """What a browser posts into our page in the portal's frame."""
    return Posted(
        form.get("member_id", ""),
        query.get("DOMAIN", ""),
        form.get("AUTH_ID", ""),
        form.get("REFRESH_ID", ""),
        form.get("SERVER_ENDPOINT", ""),
        form.get("APPLICATION_TOKEN", ""),
    )
