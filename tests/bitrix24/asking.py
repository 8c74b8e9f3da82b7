"""Plain requests to a portal, as the documentation's examples make them: no client library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any


def ask(hook: str, method: str, params: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """Status and body of one call.

    Raises:
        OSError: the connection broke.
    """
    body = json.dumps(params or {}).encode()
    request = urllib.request.Request(f"{hook}{method}", data=body, headers={"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def result(hook: str, method: str, params: dict[str, Any] | None = None) -> Any:
    status, body = ask(hook, method, params)
    assert status == 200, (status, body)
    return body["result"]
