"""What is not a portal's own: the authorization server, which knows applications and tokens of all portals."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.bitrix24.portal.access import App
from tests.bitrix24.portal.answers import Refusal

if TYPE_CHECKING:
    from tests.bitrix24.portal.state import Portal

HOUR = 3600
REFRESH_LIFE = 180 * 24 * HOUR
CODE_LIFE = 30


@dataclass
class Token:
    portal: Portal
    app: App
    user: int
    expires: float  # Unix seconds
    refresh: str = ""
    refresh_until: float = 0.0


@dataclass
class Cloud:
    """`url`: where the authorization server listens. Refreshing gives a new pair; the old refresh token is dead.

    Attributes:
        refreshed: how often a token was refreshed.
    """

    url: str = ""
    portals: dict[str, Portal] = field(default_factory=dict)  # by member_id
    tokens: dict[str, Token] = field(default_factory=dict)
    refreshes: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, Token] = field(default_factory=dict)
    refreshed: int = 0
    refused: int = 0
    down: bool = False

    def join(self, portal: Portal) -> None:
        portal.cloud = self
        self.portals[portal.member_id] = portal

    def register(
        self,
        portal: Portal,
        handler: str,
        scopes: Iterable[str],
        *,
        name: str = "Барабан",
        installer: str = "",
        page: bool = True,
    ) -> App:
        """A local application, as its form is filled in. Nothing is called yet."""
        app = App(
            f"local.{secrets.token_hex(7)}.{portal.number('app', 10000000)}",
            secrets.token_hex(25),
            name,
            frozenset(scopes),
            handler,
            installer,
            page,
            application_token=secrets.token_hex(16),
            installed=not (page and installer),
        )
        portal.apps[app.client_id] = app
        return app

    def issue(self, portal: Portal, app: App, user: int, *, refresh: bool = True) -> tuple[str, Token]:
        access, now = secrets.token_hex(35), portal.clock.now().timestamp()
        token = Token(portal, app, user, now + HOUR, secrets.token_hex(35) if refresh else "", now + REFRESH_LIFE)
        self.tokens[access] = token
        if refresh:
            self.refreshes[token.refresh] = token
        return access, token

    def revoke(self, app: App) -> None:
        """The application is gone: all its tokens are dead."""
        self.tokens = {key: token for key, token in self.tokens.items() if token.app is not app}
        self.refreshes = {key: token for key, token in self.refreshes.items() if token.app is not app}

    def expire(self, app: App) -> None:
        """The access tokens' hour is over; the refresh tokens live."""
        for token in self.tokens.values():
            if token.app is app:
                token.expires = 0

    def code(self, portal: Portal, app: App, user: int) -> str:
        """The redirect's `code`, valid 30 seconds."""
        found = secrets.token_hex(35)
        self.codes[found] = Token(portal, app, user, portal.clock.now().timestamp() + CODE_LIFE)
        return found

    def answer(self, params: dict[str, Any]) -> dict[str, Any]:
        """`/oauth/token/`.

        Raises:
            Refusal: with OAuth's own codes.
        """
        kind, client = params.get("grant_type"), str(params.get("client_id", ""))
        if kind not in ("authorization_code", "refresh_token"):
            raise self._refusal("invalid_request", "Invalid request parameters")
        found = next(((p, p.apps[client]) for p in self.portals.values() if client in p.apps), None)
        if found is None or found[1].client_secret != params.get("client_secret"):
            raise self._refusal("invalid_client", "Unknown application")
        portal, app = found
        kept = self.codes if kind == "authorization_code" else self.refreshes
        token = kept.pop(str(params.get("code" if kind == "authorization_code" else "refresh_token", "")), None)
        now = portal.clock.now().timestamp()
        if token is None or token.app is not app or not portal.users[token.user].active:
            raise self._refusal("invalid_grant", "Invalid grant")
        if kind == "authorization_code" and token.expires < now:
            raise self._refusal("invalid_grant", "The code has expired")
        if kind == "refresh_token" and token.refresh_until < now:
            raise self._refusal("invalid_grant", "The refresh token has expired")
        self.refreshed += kind == "refresh_token"
        return self.pair(portal, app, token.user) | {"domain": self.url.partition("://")[2]}

    def pair(self, portal: Portal, app: App, user: int) -> dict[str, Any]:
        access, token = self.issue(portal, app, user)
        return {
            "access_token": access,
            "refresh_token": token.refresh,
            "expires": int(token.expires),
            "expires_in": HOUR,
            "scope": ",".join(sorted(app.scopes)),
            "client_endpoint": f"{portal.url}/rest/",
            "server_endpoint": f"{self.url}/rest/",
            "domain": portal.host,
            "member_id": portal.member_id,
            "status": "L",
            "user_id": user,
        }

    def frame(
        self, portal: Portal, app: App, user: int, placement: str = "DEFAULT", options: str = ""
    ) -> tuple[str, dict[str, str]]:
        """What the browser of a user posts into our page in the portal's frame: the query, and the form."""
        access, token = self.issue(portal, app, user)
        query = {
            "DOMAIN": portal.host,
            "PROTOCOL": "1" if portal.scheme == "https" else "0",
            "LANG": "ru",
            "APP_SID": secrets.token_hex(16),
        }
        body = {
            "AUTH_ID": access,
            "AUTH_EXPIRES": str(HOUR),
            "REFRESH_ID": token.refresh,
            "SERVER_ENDPOINT": f"{self.url}/rest/",
            "APPLICATION_TOKEN": app.application_token,
            "APPLICATION_SCOPE": ",".join(sorted(app.scopes)),
            "member_id": portal.member_id,
            "status": "L",
            "PLACEMENT": placement,
        }
        if options:
            body["PLACEMENT_OPTIONS"] = options
        return urlencode(query), body

    def _refusal(self, code: str, description: str) -> Refusal:
        self.refused += 1
        return Refusal(400 if code != "invalid_client" else 401, code, description)
