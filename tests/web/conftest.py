"""Fixtures of the page tests: browsers of the world's people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from leaddrum import access
from leaddrum.engine import org
from tests.world import World


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Companies of two tests have the same number: nothing kept in memory may outlive one, nor a reader's language."""
    org.forget()
    cache.clear()
    yield
    org.forget()
    translation.deactivate()


@pytest.fixture
def browser(world: World) -> Callable[..., Client]:
    """A browser signed in as that person, or as nobody: `browser("anna")`, `browser(language="en")`."""

    def opened(person: str = "", language: str = "") -> Client:
        client = Client()
        if person:
            client.force_login(access.account_of(world.person(person)), "django.contrib.auth.backends.ModelBackend")
        if language:
            client.cookies["django_language"] = language
        return client

    return opened
