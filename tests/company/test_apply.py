"""Applying a company file: idempotent, versioned, nobody deleted (S-37)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from leaddrum import company as companies
from leaddrum.models import Company, CompanyVersion, Person

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EXAMPLE = (Path(__file__).parents[2] / "examples/company.toml").read_text(encoding="utf-8")


def applied(text: str) -> Company:
    return companies.apply(companies.read(text), text, by="olga", now=NOW)


@pytest.mark.django_db
def test_a_second_apply_changes_nothing() -> None:
    first = applied(EXAMPLE)
    assert companies.diff(first, companies.read(EXAMPLE)) == ()
    second = applied(EXAMPLE)
    assert (first.pk, first.version, second.version) == (second.pk, 1, 1)
    assert CompanyVersion.objects.count() == 1
    assert Person.objects.count() == 4
    v = CompanyVersion.objects.get()
    print(v.changes)
