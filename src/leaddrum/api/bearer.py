"""Who calls: a bearer token of a company, and what its role may do."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from leaddrum import access, clock
from leaddrum.api.errors import Refusal
from leaddrum.intake import rate
from leaddrum.models import ApiToken

Role = ApiToken.Role
_NOTED_EVERY = timedelta(minutes=1)


class TokenRequest(HttpRequest):
    """A request that came with a good token."""

    auth: ApiToken


class Bearer(HttpBearer):
    """Lets in who has a token of one of `roles`, and not more often than `settings.API_RATE`."""

    def __init__(self, *roles: str) -> None:
        super().__init__()
        self.roles = frozenset(roles)

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:  # noqa: ARG002 - ninja's signature
        """
        Raises:
            Refusal: 401 no good token, 429 too often, 403 not this token's business.
        """
        now = clock.now()
        found = access.find_token(token, now=now)
        if found is None:
            raise unknown()
        wait = rate.seconds_to_wait(settings.API_RATE, "api", str(found.pk))
        if wait:
            raise Refusal(429, "authorization", _("Too many calls with this token."), {"Retry-After": str(wait)})
        if found.role not in self.roles:
            raise Refusal(403, "authorization", _("A token of the role “%s” may not do this.") % found.role)
        note_use(found, now)
        return found


def unknown() -> Refusal:
    what = _("A valid token is needed: “Authorization: Bearer …”.")
    return Refusal(401, "authorization", what, {"WWW-Authenticate": "Bearer"})


def note_use(token: ApiToken, now: datetime) -> None:
    """At most one write a minute, so that reading stays reading."""
    if token.last_used_at is None or now - token.last_used_at >= _NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


ADMIN = Bearer(Role.ADMIN)
READ = Bearer(Role.ADMIN, Role.READ)
INTAKE = Bearer(Role.ADMIN, Role.INTAKE)
