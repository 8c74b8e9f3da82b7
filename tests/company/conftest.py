from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences are asserted in English, whatever the installation speaks."""
    with translation.override("en"):
        yield
