"""The right to be forgotten: nothing of the client is left, the chain holds, the figures stay (S-49)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum import access, engine
from leaddrum.backup.archive import kept
from leaddrum.facts import commands, figures, forgetting, masking
from leaddrum.facts.people import people
from leaddrum.facts.period import Period, Scope
from leaddrum.facts.verify import MASK, verify
from leaddrum.intake import chats, ways
from leaddrum.models import Attachment, Cycle, FactTurn, Lead, Reply, Request, SealedText
from tests.facts.conftest import keep_books
from tests.world import Card, World

pytestmark = pytest.mark.rule("S-49")
FILE = engine.File("план.pdf", "application/pdf", "Аристарх".encode())
SECRETS = ("Аристарх", "79161112233", "aristarh@example.org", "в Химках")


@pytest.fixture
def known(world: World) -> Card:
    """A client whose name stands in every place that people write into."""
    card = world.lead(
        "Аристарх, окна",
        name="Аристарх Громов",
        phone="+79161112233",
        phone_key="+79161112233",
        email="aristarh@example.org",
        email_key="aristarh@example.org",
        text="дом в Химках",
        fields={"city": "в Химках"},
    )
    world.decline(card, by=card.holder or "", reason="Аристарх просил другого")
    world.forward(minutes=30)
    missed = world.incidents()[0]
    world.explain(missed, "Аристарх не отвечал", by=world.key(missed.person_id or 0))
    world.annul(missed, why="Аристарх подтвердил")
    world.take(card, by=card.holder or "")
    return card


def everything() -> str:
    """All rows of all tables, as text."""
    from django.apps import apps

    rows = [list(model._base_manager.values_list()) for model in kept(apps)]
    return orjson.dumps(rows, default=str).decode()


def test_nothing_of_the_client_is_left_and_the_chain_holds(known: Card, world: World) -> None:
    keep_books(world)
    assert all(secret in everything() for secret in SECRETS)
    masking.mask(known.row, by=world.pk("irina"), now=world.now)
    found = everything()
    assert [secret for secret in SECRETS if secret in found] == []
    keep_books(world)
    assert verify(world.company_id).broken is None
    assert not SealedText.objects.filter(table="entry", row__in=known_entries(known)).exclude(salt="").exists()
    world.memory.rows.clear()  # masked words differ from what was written, as they must
    world.check()
    assert known.journal[-1] == "masked"


def known_entries(card: Card) -> list[int]:
    return [entry.pk for entry in card.entries() if entry.kind in {"explained", "annulled", "returned"}]


def counted(scope: Scope) -> tuple[object, ...]:
    period = Period(scope)
    return figures.overview(period), people(period).rows, list(FactTurn.objects.values_list("pk", "verdict"))


def test_the_figures_stay(known: Card, world: World) -> None:
    keep_books(world)
    scope = Scope(world.company_id, world.now.date(), world.now.date())
    before = counted(scope)
    masking.mask(known.row, by=None, now=world.now)
    keep_books(world)
    assert counted(scope) == before


def test_words_put_in_the_masks_place_are_found(known: Card, world: World) -> None:
    keep_books(world)
    masking.mask(known.row, by=None, now=world.now)
    keep_books(world)
    entry = known.entries("explained")[0]
    type(entry).objects.filter(pk=entry.pk).update(data={**entry.data, "text": "Проспал"})
    broken = verify(world.company_id).broken
    assert broken is not None
    assert (broken.table, broken.row) == ("entry", entry.pk)


def test_a_lead_that_is_being_worked_on_is_not_masked(world: World) -> None:
    card = world.lead(name="Аристарх")
    with pytest.raises(engine.Refused):
        masking.mask(card.row, by=None, now=world.now)
    assert card.row.name == "Аристарх"


def test_old_leads_are_found_once_and_open_ones_left(known: Card, world: World) -> None:
    waiting = world.lead()
    world.jump(days=40)
    keep_books(world)
    assert list(masking.older(world.company_id, world.now)) == [known.id]
    masking.mask(Lead.objects.get(pk=known.id), by=None, now=world.now)
    keep_books(world)
    assert list(masking.older(world.company_id, world.now)) == []
    assert Cycle.objects.filter(lead=waiting.id).exists()


def test_only_an_administrator_forgets(known: Card, world: World, client: Client) -> None:
    for person, status in (("olga", 403), ("irina", 302)):
        client.force_login(access.account_of(world.person(person)), backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(f"/leads/{known.id}/mask").status_code == status
    assert known.row.name == ""
    assert "Аристарх" not in client.get(f"/leads/{known.id}").content.decode()


def test_files_answers_and_conversations_go_too(world: World) -> None:
    way = ways.make(world.company, "chat", "WhatsApp", settings={"reply_url": "https://x.example"}, now=world.now)
    said = chats.Said("79161112233", "79161112233-1", name="Аристарх", text="дом в Химках", files=(FILE,))
    lead = Card(world, ways.arrive(way, chats.arrival(way, said), now=world.now, last_payload={"n": "Аристарх"}).lead)
    engine.answer(lead.id, "Аристарх, ждём", by=world.pk("anna"), now=world.now)
    world.take(lead, by=lead.holder or "")
    keep_books(world)
    masking.mask(lead.row, by=None, now=world.now)
    assert [secret for secret in (*SECRETS, "план.pdf") if secret in everything()] == []
    assert not Attachment.objects.exists()
    assert Reply.objects.get().state == "failed"  # nothing goes out to somebody who is forgotten
    again = ways.arrive(way, chats.arrival(way, said), now=world.now)
    assert again.outcome == "created"
    assert again.lead != lead.id


@pytest.fixture
def keeps_a_year(known: Card, world: World) -> Iterator[Card]:
    world.file["company"]["mask_after"] = 12
    world.apply()
    forgetting.forget()
    yield known
    forgetting.forget()


def test_what_is_older_than_the_company_keeps_it_is_masked_in_the_night(keeps_a_year: Card, world: World) -> None:
    world.jump(days=360)
    keep_books(world)
    world.until("23:59")
    forgetting.step(world.now)
    world.jump(days=10)
    fresh = world.lead(name="Новый")
    world.take(fresh, by="anna")
    keep_books(world)
    assert not forgetting.step(world.now)  # by day pages have the machine
    assert keeps_a_year.row.name
    world.until(world.now.replace(hour=21, minute=30))  # half past midnight in Moscow
    assert not forgetting.step(world.now)
    assert keeps_a_year.row.name == ""
    assert fresh.row.name == "Новый"
    assert keeps_a_year.journal[-1] == "masked"
    keep_books(world)
    assert verify(world.company_id).broken is None


def test_many_are_masked_a_few_at_a_time_and_none_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 3)
    monkeypatch.setattr(masking, "STEP", 2)
    world.file["company"]["mask_after"] = 1
    world.apply()
    forgetting.forget()
    leads = [world.lead(f"Лид {number}", name="Аристарх") for number in range(8)]
    open_one = leads[4]
    for lead in leads:
        if lead != open_one:
            world.take_card(lead, by="anna")
    world.jump(days=60)
    world.now = world.now.replace(hour=22)
    keep_books(world)
    steps = 1
    while forgetting.step(world.now):
        steps += 1
    assert steps == 3
    assert [lead.row.name for lead in leads if lead.row.name] == ["Аристарх"]
    assert open_one.row.name == "Аристарх"
    with CaptureQueriesContext(connection) as asked:
        assert not forgetting.step(world.now + timedelta(minutes=1))
    assert len(asked) == 1  # once a night


def test_a_company_that_does_not_ask_for_it_keeps_everything(known: Card, world: World) -> None:
    forgetting.forget()
    world.jump(days=4000)
    world.now = world.now.replace(hour=22)
    assert not forgetting.step(world.now)
    assert known.row.name


def test_a_double_that_went_up_in_a_lead_is_masked_with_it(world: World) -> None:
    double = world.lead("Аристарх", name="Аристарх", phone="+79161112233", text="дом в Химках")
    stays = world.lead("Окна")
    engine.merge(double.id, into=stays.id, by=world.pk("irina"), now=world.now)
    world.take_card(stays, by="anna")
    keep_books(world)
    masking.mask(stays.row, by=None, now=world.now)
    assert [secret for secret in SECRETS if secret in everything()] == []
    keep_books(world)
    assert verify(world.company_id).broken is None


def test_a_double_whose_passage_went_on_twice_is_masked_too(world: World) -> None:
    double = world.lead("Аристарх", name="Аристарх", phone="+79161112233", text="дом в Химках")
    into = [world.lead(f"Лид {number}") for number in range(2)]
    for lead in into:
        world.move(lead, "junk", by="olga")
    for leaves, stays in pairwise([double, *into]):
        engine.merge(leaves.id, into=stays.id, by=world.pk("irina"), now=world.now)
    world.take_card(into[1], by="anna")
    keep_books(world)
    masking.mask(into[1].row, by=None, now=world.now)
    assert [secret for secret in SECRETS if secret in everything()] == []


def test_what_one_says_to_a_colleague_goes_too(world: World) -> None:
    lead = world.lead()
    holder = lead.holder or ""
    other = "boris" if holder == "anna" else "anna"
    engine.hand_over(*lead.turn, to=world.pk(other), by=world.pk(holder), note="Аристарх просил тебя", now=world.now)
    world.take(lead, by=holder)
    keep_books(world)
    masking.mask(lead.row, by=None, now=world.now)
    assert "Аристарх" not in everything()


def test_whoever_is_still_in_touch_is_not_forgotten(keeps_a_year: Card, world: World) -> None:
    """An old passage alone is no reason: the client came back, wrote, was called, his lead moved on."""
    leads = [world.lead(f"Лид {number}", name="Клиент") for number in range(4)]
    for lead in leads:
        world.take_card(lead, by="anna")
    world.jump(days=380)
    back, moved, wrote, called = leads
    world.move(back, "new", by="anna")
    world.take_card(back, by="anna")
    Lead.objects.filter(pk=back.id).update(moved_at=world.now - timedelta(days=380))  # a portal's own instant
    world.move(moved, "junk", by="anna")
    Request.objects.create(company=world.company, lead=wrote.row, channel="mail", received_at=world.now, payload={})
    call = engine.Contact("call", at=world.now, ended_at=world.now, seconds=5, lead=called.id)
    engine.touch(world.company_id, call, now=world.now)
    keep_books(world)
    assert list(masking.older(world.company_id, masking.before_months(world.now, 12))) == [keeps_a_year.id]


def test_one_that_is_worked_on_again_meanwhile_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    leads = world.leads(2)
    for lead in leads:
        world.take_card(lead, by="anna")
    world.jump(days=380)
    mask = masking.mask

    def masks(lead: Lead, **named: Any) -> None:
        if lead.pk == leads[0].id:
            raise engine.Refused("still_open")
        mask(lead, **named)

    monkeypatch.setattr(masking, "mask", masks)
    commands.mask(world.company, None, 12, yes=True, now=world.now)
    assert [lead.row.title == MASK for lead in leads] == [False, True]


def test_what_made_no_lead_is_forgotten_in_its_time(world: World) -> None:
    way = ways.make(world.company, "mailbox", "Почта", now=world.now)
    ways.keep(way, "mail", {"from": "Аристарх"}, now=world.now, aside="newsletter", number="mail:1@x")
    masking.forget_files(world.company_id, world.now)
    assert "Аристарх" in everything()
    masking.forget_files(world.company_id, world.now + timedelta(days=1))
    assert "Аристарх" not in everything()
    assert not ways.keep(way, "mail", {"from": "x"}, now=world.now, aside="newsletter", number="mail:1@x")
