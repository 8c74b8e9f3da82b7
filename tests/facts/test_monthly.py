"""The month's report goes once, by mail, to heads and administrators, with figures that the pages show too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from leaddrum.facts import monthly
from leaddrum.models import Effect, Person
from tests.world import World

pytestmark = pytest.mark.rule("S-10")


@pytest.fixture
def april(lively: World) -> World:
    monthly._done.clear()
    Person.objects.filter(key="olga").update(email="olga@example.org")
    Person.objects.filter(key="irina").update(email="irina@example.org")
    Person.objects.filter(key="anna").update(email="anna@example.org")
    lively.now = lively.at("2026-04-01 07:59")
    return lively


def test_it_goes_at_eight_on_the_first_and_only_once(april: World) -> None:
    monthly.due(april.now)
    assert mail.outbox == []
    april.now += timedelta(minutes=1)
    monthly.due(april.now)
    assert sorted(message.to[0] for message in mail.outbox) == ["irina@example.org", "olga@example.org"]
    for hours in (0, 1, 24, 24 * 20):
        monthly._done.clear()  # another process, or a new start
        monthly.due(april.now + timedelta(hours=hours))
    assert len(mail.outbox) == 2


def test_it_says_the_figures_of_the_month_in_russian_with_a_pdf(april: World) -> None:
    april.now += timedelta(minutes=1)
    monthly.due(april.now)
    message = next(one for one in mail.outbox if one.to == ["irina@example.org"])
    assert "март 2026" in message.subject
    assert "Лиды: 4 (0)" in message.body
    assert "Анна Ким" in message.body
    ((name, content, kind),) = list(message.attachments)
    assert (name, kind) == ("leaddrum-2026-03.pdf", "application/pdf")
    assert bytes(content).startswith(b"%PDF-")
    assert len(content) > 5000


def test_in_english_the_month_has_its_capital(april: World) -> None:
    Person.objects.filter(key="irina").update(language="en")
    april.now += timedelta(minutes=1)
    monthly.due(april.now)
    message = next(one for one in mail.outbox if one.to == ["irina@example.org"])
    assert "leads in March 2026" in message.subject


def test_what_did_not_go_is_tried_again_each_hour_and_not_for_ever(
    april: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    april.now += timedelta(minutes=1)

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise OSError("no way to the server")

    with monkeypatch.context() as broken:
        broken.setattr(monthly, "send", refuse)
        monthly.due(april.now)
        monthly.due(april.now + timedelta(minutes=5))
    assert set(Effect.objects.filter(kind="monthly").values_list("state", "attempts")) == {("pending", 1)}
    monthly.due(april.now + timedelta(hours=1))
    assert len(mail.outbox) == 2
    assert set(Effect.objects.filter(kind="monthly").values_list("state", flat=True)) == {"done"}


def test_a_name_with_dollar_signs_is_no_formula(april: World) -> None:
    Person.objects.filter(key="anna").update(name="Анна $_{x$ Ким")
    april.now += timedelta(minutes=1)
    monthly.due(april.now)
    assert len(mail.outbox) == 2
