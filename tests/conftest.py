"""Fixtures every test may use. The database is SQLite, or the PostgreSQL that DATABASE_URL names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.utils import translation

from leaddrum import clock

if TYPE_CHECKING:
    from tests.world import World

# Nothing here asserts speed, so no example has a deadline; CI finds what a quick local run did not.
hypothesis.settings.register_profile("local", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=100, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")

LONG = {"crash", "ops", "browser", "bitrix24"}  # folders of tests that start processes, browsers and servers


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="crash tests and properties in full size")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "rule(*numbers): the rules of docs/rules.md this test shows, e.g. rule('S-6')")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that at the end no worker is left alone with them."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the long form of a test was asked for."""
    return bool(request.config.getoption("--full"))


@pytest.fixture(autouse=True)
def nobody_reads() -> Iterator[None]:
    """A command or a page that a test called may have switched the language, which is the thread's."""
    yield
    translation.deactivate()


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """The default company on a Monday at 10:00, with the pages' and the API's clock being the world's."""
    from tests.world import World  # it brings the models, which a plain `pytest tests/core` need not load

    made = World()
    with clock.reading(lambda: made.now):
        yield made
