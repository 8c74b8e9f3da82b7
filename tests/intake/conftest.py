"""What every test of the ways in starts from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leaddrum.engine import org
from leaddrum.intake import rate, table


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Companies, and imports, of two tests have the same number: nothing kept in memory may outlive one."""
    rate.forget()
    org.forget()
    table._lines.cache_clear()
    yield
    rate.forget()
    org.forget()
    table._lines.cache_clear()
