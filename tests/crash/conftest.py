"""Sites for crash tests: a folder with SQLite, or a database of its own on the PostgreSQL that DATABASE_URL names."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.crash.site import Site

DATABASE_URL = os.environ.get("DATABASE_URL", "")
collect_ignore = ["test_one_folder.py"] if DATABASE_URL else ["test_postgres.py"]  # each has its own database


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Make a site; its processes end with the test."""
    made: list[tuple[Site, str]] = []

    def make(company: dict[str, Any] | None = None, *, empty: bool = False) -> Site:
        name = f"crash_{uuid.uuid4().hex[:12]}" if DATABASE_URL else ""
        if name:
            _postgres(f'CREATE DATABASE "{name}"')
        database = urlunsplit(urlsplit(DATABASE_URL)._replace(path=f"/{name}")) if name else ""
        site = Site(tmp_path / f"site{len(made)}", database, company, empty=empty)
        made.append((site, name))
        return site

    yield make
    for site, name in made:
        site.close()
        if name:
            _postgres(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


def _postgres(statement: str) -> None:
    address = urlunsplit(urlsplit(DATABASE_URL)._replace(path="/postgres"))
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())
