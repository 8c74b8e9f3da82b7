"""A caller with tokens, beside the world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from leaddrum import access
from leaddrum.engine import org
from leaddrum.intake import rate
from tests.world import World


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Any

    @property
    def where(self) -> list[str]:
        """What the refusal points at."""
        assert set(self.body) == {"errors"}
        assert all(set(line) == {"where", "what"} and line["what"] for line in self.body["errors"])
        return [line["where"] for line in self.body["errors"]]


class Caller:
    """Somebody's program, with a token of one role."""

    def __init__(self, token: str | None) -> None:
        self.client = Client(raise_request_exception=True, headers={"accept-language": "en"})
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: str) -> Answer:
        return self._answer(self.client.get(f"/api/v1/{path}", query, headers=self.headers))

    def post(self, path: str, body: Any = None) -> Answer:
        return self._answer(
            self.client.post(f"/api/v1/{path}", {} if body is None else body, "application/json", headers=self.headers)
        )

    def raw(self, path: str, body: bytes | str, content_type: str = "application/json") -> Answer:
        return self._answer(
            self.client.generic("POST", f"/api/v1/{path}", body, content_type=content_type, headers=self.headers)
        )

    @staticmethod
    def _answer(response: Any) -> Answer:
        assert response["Content-Type"].startswith("application/json"), response.content
        return Answer(response.status_code, response.json(), response.headers)


def caller(world: World, role: str = "admin", name: str = "") -> Caller:
    return Caller(access.make_token(world.company, name or role, role, now=world.now))


@pytest.fixture
def admin(world: World) -> Caller:
    return caller(world)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Companies of two tests have the same number: nothing kept in memory may outlive one."""
    rate.forget()
    org.forget()
    yield
    rate.forget()
    org.forget()
