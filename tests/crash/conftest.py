"""Sites for crash tests: a folder with SQLite, or a database of its own on the PostgreSQL that DATABASE_URL names."""

from __future__ import annotations

import atexit
import json
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.crash.site import Site, fast_company

DATABASE_URL = os.environ.get("DATABASE_URL", "")
collect_ignore = ["test_one_folder.py"] if DATABASE_URL else ["test_postgres.py"]  # each has its own database


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Make a site; its processes end with the test."""
    made: list[tuple[Site, str]] = []

    def make(company: dict[str, Any] | None = None, *, empty: bool = False) -> Site:
        folder = tmp_path / f"site{len(made)}"
        if DATABASE_URL:
            name = f"crash_{uuid.uuid4().hex[:12]}"
            template = f' TEMPLATE "{_template(json.dumps(company or fast_company()))}"' if not empty else ""
            _postgres(f'CREATE DATABASE "{name}"{template}')
            made.append((Site(folder, _address(name), company, empty=empty, applied=True), name))
        else:
            made.append((Site(folder, "", company, empty=empty), ""))
        return made[-1][0]

    yield make
    for site, name in made:
        site.close()
        if name:
            _postgres(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@cache
def _template(company: str) -> str:
    """A database with this company in it, made once a process: PostgreSQL copies it in a moment."""
    name = _made(f'TEMPLATE "{_migrated()}"')
    with tempfile.TemporaryDirectory() as folder:
        Site(Path(folder) / "site", _address(name), json.loads(company), applied=True).apply()
    return name


@cache
def _migrated() -> str:
    name = _made()
    with tempfile.TemporaryDirectory() as folder:
        Site(Path(folder) / "site", _address(name), empty=True).leaddrum("migrate")
    return name


def _made(like: str = "") -> str:
    name = f"crash_template_{uuid.uuid4().hex[:12]}"
    _postgres(f'CREATE DATABASE "{name}" {like}')
    atexit.register(_postgres, f'DROP DATABASE "{name}" WITH (FORCE)')
    return name


def _address(database: str) -> str:
    return urlunsplit(urlsplit(DATABASE_URL)._replace(path=f"/{database}"))


def _postgres(statement: str) -> None:
    with psycopg.connect(_address("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
