"""Our own SMTP listener, spoken to by a real client: a letter is taken when its lead is committed, not before."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import DatabaseError

from leaddrum.intake import ways
from leaddrum.intake.mail import listener, receive
from leaddrum.models import Company, Lead, Way
from tests import apart
from tests.intake.dovecot import free_port
from tests.intake.letters import letter
from tests.world import World


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    """The client speaks in threads of its own; what is asked of the database is handed to this one's connection."""
    made = listener.controller("127.0.0.1", free_port())
    made.start()
    yield made
    made.stop()


def way_of(world: World, **settings: Any) -> Way:
    company = Company.objects.get(pk=world.company_id)
    return ways.make(company, "smtp", "Принтер", settings=settings, now=world.now)


def test_the_address_names_the_way(world: World) -> None:
    way = way_of(world, address="Leads@firm.example")
    assert listener.way_for(f"{way.token}@whatever.example") == way
    assert listener.way_for("LEADS@firm.example") == way
    assert listener.way_for("sales@firm.example") is None
    assert listener.deliver("leads@firm.example", letter()) == "created"
    assert listener.deliver("leads@firm.example", letter()) == "repeated"
    assert listener.deliver("nobody@firm.example", letter(number="<2@x>")) == "unknown"
    assert Lead.objects.count() == 1
    world.check()


def test_a_letter_is_taken_or_put_off_and_strangers_are_refused(
    door: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    broken = [True]

    def take_in(address: str, raw: bytes) -> str:
        if broken:
            raise DatabaseError("gone")
        taken.append(address)
        assert b"Message-ID: <1@client.example>" in raw
        return "created"

    monkeypatch.setattr(listener, "deliver", take_in)
    monkeypatch.setattr(listener, "way_for", lambda address: object() if address.startswith("leads@") else None)
    monkeypatch.setattr(listener, "_in_thread", lambda work: work())
    with smtplib.SMTP("127.0.0.1", door.port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="550"):
            client.sendmail("ivan@client.example", ["stranger@firm.example"], letter())
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            client.sendmail("ivan@client.example", ["leads@firm.example"], letter())
        broken.clear()
        client.sendmail("ivan@client.example", ["leads@firm.example"], letter())
        assert taken == ["leads@firm.example"]
        assert int(client.esmtp_features["size"]) == listener.LARGEST


def test_what_goes_wrong_in_a_letter_is_not_the_senders_trouble(world: World) -> None:
    way = way_of(world)
    assert receive.take_in(way, b"", now=world.now) == "kept"
    answer = apart.awaited(listener.Door().handle_DATA(None, None, _Envelope()))
    assert answer.startswith("250")


class _Envelope:
    content = b"nobody takes it"
    rcpt_tos: list[str] = []
