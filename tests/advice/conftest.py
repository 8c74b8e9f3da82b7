"""A month of a sample company, played once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from leaddrum import clock
from leaddrum.engine import org
from leaddrum.facts.keep import catch_up
from leaddrum.history.play import play
from leaddrum.models import Company

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="package")
def sample(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    """Some hundred leads of May; the clock stands at its end. Nothing of it stays behind."""
    folder: Path = tmp_path_factory.mktemp("sample")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, clock.reading(lambda: UNTIL):
        patch.setattr(settings, "DATA", folder)
        org.forget()
        with transaction.atomic():
            company = play(months=1, leads=300, seed=5, lang="ru", until=UNTIL)
            catch_up(company.pk, UNTIL)
            company.refresh_from_db()
            yield company
            transaction.set_rollback(True)
        org.forget()
