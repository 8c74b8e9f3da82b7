"""The journal is sealed row by row; whoever tampers with one is found (S-49)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from leaddrum.facts import commands, keep, masking, seal
from leaddrum.facts import verify as looking
from leaddrum.facts.verify import Broken, verify
from leaddrum.models import Entry, Incident, Keeping, Seal, SealedText, Turn
from tests.world import Card, World

pytestmark = pytest.mark.rule("S-49")


@pytest.fixture
def sealed(world: World) -> World:
    """Misses, one explained, one annulled by the head, a decline with words, a take."""
    first, second, third = world.leads(3)
    world.forward(minutes=30)
    world.explain(world.incidents()[0], "Был на встрече с клиентом", by=world.key(world.incidents()[0].person_id or 0))
    world.annul(world.incidents()[1])
    world.decline(first, by=first.holder or "", reason="не мой профиль, окна не знаю")
    world.take(second, by=second.holder or "")
    seal_all(world)
    assert third.state == "offered"
    return world


def seal_all(world: World) -> None:
    while keep.step(world.now):
        pass


def broken(world: World) -> Broken | None:
    return verify(world.company_id).broken


def test_what_nobody_touched_is_well(sealed: World) -> None:
    found = verify(sealed.company_id)
    assert found.broken is None
    assert found.waiting == 0
    assert found.rows == Entry.objects.count() + Turn.objects.count() + Incident.objects.count()
    assert found.digest == Keeping.objects.get().digest


def test_what_came_after_the_last_seal_is_said(sealed: World) -> None:
    sealed.lead()
    found = verify(sealed.company_id)
    assert found.broken is None
    assert found.waiting == 2  # arrived, offered
    seal_all(sealed)
    assert verify(sealed.company_id).waiting == 0


@pytest.mark.parametrize("table", [Entry, Turn, Incident])
def test_every_column_of_every_row_is_sealed(sealed: World, table: type[Entry | Turn | Incident]) -> None:
    """Every row of every table, each with another column changed: each is found, and put back is well again."""
    later = {"explanation", "annulled_at", "annulled_by_id", "annulled_why"}  # these have entries of their own
    columns = [f.attname for f in table._meta.local_concrete_fields if f.attname not in {"id", "company_id", *later}]
    rows = list(table.objects.order_by("pk"))
    for index in range(max(len(rows), len(columns))):
        row, column = rows[index % len(rows)], columns[index % len(columns)]
        was = getattr(row, column)
        table.objects.filter(pk=row.pk).update(**{column: another(was)})
        assert broken(sealed) == Broken(table.__name__.lower(), row.pk, "changed"), column
        table.objects.filter(pk=row.pk).update(**{column: was})
    assert broken(sealed) is None


def another(value: object) -> object:
    if isinstance(value, str):
        return "taken" if value != "taken" else "missed"
    if isinstance(value, int) or value is None:
        return (value or 0) + 1000
    if isinstance(value, list):
        return [[1, "chosen", "circle"], *value]
    if isinstance(value, dict):
        return {**value, "person": 4711}
    return value + timedelta(microseconds=1)  # type: ignore[operator]  # all that is left are instants


def test_a_removed_row_is_found(sealed: World) -> None:
    entry = Entry.objects.order_by("pk")[3]
    Entry.objects.filter(pk=entry.pk).delete()
    assert broken(sealed) == Broken("entry", entry.pk, "missing")


def test_the_last_row_cannot_go_either(sealed: World) -> None:
    last = Incident.objects.latest("pk")
    Incident.objects.filter(pk=last.pk).delete()
    assert broken(sealed) == Broken("incident", last.pk, "missing")


def test_a_row_slipped_in_is_found(sealed: World) -> None:
    turn = Turn.objects.earliest("pk")  # numbers have gaps where other companies journal; here only below the first
    values = {name: getattr(turn, name) for name in (f.attname for f in Turn._meta.local_concrete_fields)}
    Turn.objects.create(**{**values, "id": turn.pk - 1, "number": 9})
    assert broken(sealed) == Broken("turn", turn.pk - 1, "inserted")


def test_an_annulment_without_a_line_in_the_journal_is_found(sealed: World) -> None:
    incident = Incident.objects.filter(annulled_at=None).latest("pk")
    Incident.objects.filter(pk=incident.pk).update(annulled_at=sealed.now, annulled_why="по-дружески")
    assert broken(sealed) == Broken("incident", incident.pk, "annulment")


def test_an_annulment_taken_back_by_hand_is_found(sealed: World) -> None:
    incident = Incident.objects.exclude(annulled_at=None).get()
    Incident.objects.filter(pk=incident.pk).update(annulled_at=None, annulled_by=None, annulled_why="")
    assert broken(sealed) == Broken("incident", incident.pk, "annulment")


def test_an_explanation_put_into_his_mouth_is_found(sealed: World) -> None:
    incident = Incident.objects.exclude(explanation="").get()
    Incident.objects.filter(pk=incident.pk).update(explanation="Проспал")
    assert broken(sealed) == Broken("incident", incident.pk, "explanation")


def test_words_are_sealed_too_but_not_themselves_in_the_chain(sealed: World) -> None:
    entry = Entry.objects.get(kind="explained")
    Entry.objects.filter(pk=entry.pk).update(data={**entry.data, "text": "Проспал"})
    assert broken(sealed) == Broken("entry", entry.pk, "changed")
    assert SealedText.objects.filter(table="entry", row=entry.pk, place="text").exists()


def test_a_block_that_was_made_anew_breaks_the_chain(sealed: World) -> None:
    sealed.lead()
    seal_all(sealed)
    block = Seal.objects.earliest("number")
    Seal.objects.filter(pk=block.pk).update(digest="f" * 64)
    assert broken(sealed) == Broken("seal", block.number, "block")


def test_a_chain_cut_short_is_found(sealed: World) -> None:
    Seal.objects.latest("number").delete()
    found = broken(sealed)
    assert found is not None
    assert (found.table, found.how) == ("seal", "end")


def test_whoever_rewrites_everything_is_found_by_the_digest_kept_outside(sealed: World) -> None:
    kept = Keeping.objects.get()
    anchor = (kept.block, kept.digest)
    assert verify(sealed.company_id, anchor).broken is None
    Incident.objects.filter(pk=Incident.objects.latest("pk").pk).update(excuse="overload")
    Seal.objects.all().delete()
    Keeping.objects.all().delete()
    SealedText.objects.all().delete()
    seal_all(sealed)
    assert verify(sealed.company_id).broken is None
    assert verify(sealed.company_id, anchor).broken == Broken("seal", anchor[0], "anchor")


def test_every_kind_of_break_is_said_in_words() -> None:
    said = {
        commands.in_words(Broken("entry", 7, how))
        for how in ("changed", "missing", "inserted", "annulment", "explanation", "anchor", "block")
    }
    assert len(said) == 7
    assert all("7" in words for words in said)


def test_an_anchor_that_is_none_is_refused(sealed: World) -> None:
    import click

    @click.command()
    def run() -> None:
        commands.verify(sealed.company, "seven")

    assert CliRunner().invoke(run).exit_code == 2


def test_what_the_engine_adds_meanwhile_is_no_tampering(sealed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chain grows, an incident is annulled, a client is masked, all while it is looked at."""
    rows, calls = looking._rows, []

    def busy(*values: Any) -> Any:
        yield from rows(*values)
        calls.append(1)
        if len(calls) == 1:
            sealed.lead()
            sealed.annul(sealed.incidents()[2])
            sealed.explain(sealed.incidents()[2], "Не дозвонился", by=sealed.key(sealed.incidents()[2].person_id or 0))
            seal_all(sealed)

    monkeypatch.setattr(looking, "_rows", busy)
    kept = Keeping.objects.get()
    assert verify(sealed.company_id, (kept.block, kept.digest)).broken is None
    assert Keeping.objects.get().block > kept.block


def test_words_that_an_earlier_release_did_not_take_for_such_are_looked_at_as_they_were_sealed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = world.lead()
    world.decline(lead, by=lead.holder or "", reason="не мой профиль")
    with monkeypatch.context() as earlier:
        earlier.setattr(seal, "spoken", lambda *_value: False)
        seal_all(world)
    assert not SealedText.objects.filter(table="entry").exists()
    assert broken(world) is None
    (said,) = lead.entries("returned")
    said.data["reason"] = "другая"
    said.save()
    assert broken(world) == Broken("entry", said.pk, "changed")


def test_words_masked_between_two_looks_are_no_tampering(sealed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    explained = Entry.objects.get(kind="explained")
    lead = explained.cycle.lead
    sealed.move(Card(sealed, lead.pk), "junk", by="olga")
    seal_all(sealed)
    digest = looking._digest
    masked: list[int] = []

    def masking_meanwhile(row: Any, kept: Any) -> bytes:
        if isinstance(row, Entry) and row.pk == explained.pk and not masked:
            masked.append(1)
            masking.mask(lead, by=None, now=sealed.now)
            kept = {text.place: text for text in SealedText.objects.filter(table="entry", row=row.pk)}
        return digest(row, kept)

    monkeypatch.setattr(looking, "_digest", masking_meanwhile)
    assert broken(sealed) is None
    assert masked
