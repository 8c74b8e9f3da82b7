"""OAuth 2.0 for mailboxes: an access token from the refresh token (RFC 6749, 6), kept in memory while it lasts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import orjson

from leaddrum.channels.outside import Forbidden, Outside, Unanswered
from leaddrum.intake.listening import TroubleError

EARLY = 120.0  # seconds before its end a token is no longer used
LARGEST = 64 * 1024  # bytes of an answer: tokens are long
_kept: dict[tuple[str, str], tuple[str, float]] = {}


def access_token(token_url: str, client_id: str, secrets: Mapping[str, str]) -> str:
    """A token that is good now.

    Raises:
        TroubleError: the provider gives none, and what it says.
    """
    key = (token_url, secrets.get("refresh_token", ""))
    token, ends = _kept.get(key, ("", 0.0))
    if token and time.monotonic() < ends - EARLY:
        return token
    form = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "client_secret": secrets.get("client_secret", ""),
        "refresh_token": secrets.get("refresh_token", ""),
    }
    host = urlsplit(token_url).hostname
    body = urlencode({name: value for name, value in form.items() if value}).encode()
    kind = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    try:
        with Outside() as outside:
            answer = outside.post(token_url, body, kind, most=LARGEST)
        said = orjson.loads(answer.text)
    except (Forbidden, Unanswered, ValueError) as error:
        raise TroubleError(f"{host}: {type(error).__name__}") from error
    if not isinstance(said, dict) or not isinstance(said.get("access_token"), str):
        what = said.get("error", answer.status) if isinstance(said, dict) else answer.status
        raise TroubleError(f"{host}: {what}")
    lasts = said.get("expires_in")
    _kept[key] = (said["access_token"], time.monotonic() + (float(lasts) if isinstance(lasts, int | float) else 600.0))
    return str(said["access_token"])


def forget(token_url: str, secrets: Mapping[str, str]) -> None:
    """The mail server did not take it: the next one is asked for anew."""
    _kept.pop((token_url, secrets.get("refresh_token", "")), None)
