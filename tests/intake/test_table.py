"""A table of leads comes in: in batches, again, after a crash, with rows that are refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from leaddrum import access, engine
from leaddrum.intake import table
from leaddrum.intake.commands import import_table
from leaddrum.intake.csvfile import NoTableError
from leaddrum.models import Import, ImportRefusal, Lead, Request
from tests.world import World

SAMPLE = """Имя;Телефон;Почта;Ответственный;Город
Пётр;8 912 345-67-89;petr@example.com;anna;Пермь
Анна;;anna@example.com;Борис Левин;
;;;;
Никто;;;кто-то;
"Сломан;8 912 345-67-00
Клара;8 912 345-67-80;;;Уфа;лишнее
Снова Пётр;+7 912 345 67 89;;;Пермь
;;;;Омск
"""


def _load(world: World, text: str = SAMPLE, encoding: str = "cp1251") -> Import:
    return table.load(world.company, None, "лиды.csv", text.encode(encoding), now=world.now)


@pytest.mark.rule("S-46")
@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig", "utf-16"])
def test_good_rows_come_in_and_the_rest_is_told(world: World, encoding: str) -> None:
    found = _load(world, encoding=encoding)
    assert found.settings["columns"] == ["name", "phone", "email", "owner", "fields"]
    assert (found.state, found.rows) == ("preview", 7)
    table.run(found.pk, world.now)
    assert not Lead.objects.exists(), "nothing comes in before the start"
    table.start(found)
    table.run(found.pk, world.now)
    found.refresh_from_db()
    assert (found.state, found.done, found.added, found.joined, found.refused) == ("done", 7, 2, 1, 4)
    assert [refusal.line for refusal in found.refusals.order_by("line")] == [5, 6, 7, 9]
    first, second = Lead.objects.order_by("pk")
    assert (first.name, first.phone_key, first.fields) == ("Пётр", "+79123456789", {"Город": "Пермь"})
    assert (first.owner and first.owner.key, second.owner and second.owner.key) == ("anna", "boris")
    assert Request.objects.filter(lead=first).count() == 2
    world.check()


def test_the_same_file_again_makes_no_lead_twice(world: World) -> None:
    for _ in range(2):
        found = _load(world)
        table.start(found)
        table.run(found.pk, world.now)
    found.refresh_from_db()
    assert (found.added, found.repeated, found.refused) == (0, 3, 4)
    assert Lead.objects.count() == 2


def test_a_preview_shows_what_would_be_refused(world: World) -> None:
    shown = table.preview(_load(world))
    assert shown.heading[0] == "Имя"
    assert [row.line for row in shown.rows if row.problems] == [5, 6, 7, 9]
    assert not Lead.objects.exists()


def test_a_guess_can_be_mended(world: World) -> None:
    found = _load(world, "a,b|c\nПётр,x|8 912 345-67-89\n", "cp1251")
    table.describe(found, encoding="cp1251", delimiter="|")
    table.describe(found, encoding="cp1251", delimiter="|", header=True, chosen=["name", "phone"])
    table.start(found)
    table.run(found.pk, world.now)
    assert Lead.objects.get().name == "Пётр,x"


@pytest.mark.parametrize(
    "change",
    [
        {"encoding": "nothing"},
        {"delimiter": "x"},
        {"chosen": ["name", "name"]},
        {"chosen": ["colour"]},
        {"encoding": "utf-8-sig"},
    ],
)
def test_a_description_that_cannot_be_is_refused(world: World, change: dict[str, Any]) -> None:
    found = _load(world)
    before = dict(found.settings)
    with pytest.raises(NoTableError):
        table.describe(found, **({"encoding": "cp1251", "delimiter": ";"} | change))
    assert Import.objects.get(pk=found.pk).settings == before


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"PK\x03\x04", b"\x00" * 100, b"a;b\n\x00;c"])
def test_what_is_no_table_is_refused(world: World, content: bytes) -> None:
    with pytest.raises(NoTableError):
        table.load(world.company, None, "x.csv", content, now=world.now)
    assert not Import.objects.exists()


def test_it_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the middle of a batch undoes that batch; the next run repeats nothing and leaves nothing out."""
    text = "Имя;Почта\n" + "".join(f"Лид {n};lead{n}@example.com\n" for n in range(130))
    found = _load(world, text)
    table.start(found)
    arrive, calls = engine.arrive, 0

    def dies(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 77:
            raise KeyboardInterrupt
        return arrive(*args, **kwargs)

    monkeypatch.setattr(engine, "arrive", dies)
    with pytest.raises(KeyboardInterrupt):
        table.run(found.pk, world.now)
    assert Lead.objects.count() == 50
    assert table.run_pending(world.now, limit=60)
    assert not table.run_pending(world.now, limit=60)
    assert not table.run_pending(world.now)
    found.refresh_from_db()
    assert (found.state, found.added, found.done, Lead.objects.count()) == ("done", 130, 130, 130)


def test_a_row_that_breaks_something_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _load(world, "Имя;Почта\nПервый;a@example.com\nВторой;b@example.com\nТретий;c@example.com\n")
    table.start(found)
    arrive = engine.arrive

    def breaks(company: int, arrival: engine.Arrival, **kwargs: Any) -> Any:
        arrived = arrive(company, arrival, **kwargs)
        if arrival.name == "Второй":
            raise ValueError("poison")
        return arrived

    monkeypatch.setattr(engine, "arrive", breaks)
    table.run(found.pk, world.now)
    assert sorted(Lead.objects.values_list("name", flat=True)) == ["Первый", "Третий"]
    assert ImportRefusal.objects.get().line == 3


def test_a_hundred_thousand_rows_are_read(world: World) -> None:
    text = "Имя;Телефон;Город\n" + "".join(f'Клиент {n};+7912{n:07};"Пермь; центр"\n' for n in range(100_000))
    found = _load(world, text)
    assert found.rows == 100_000
    assert len(table.preview(found).rows) == 10
    table.start(found)
    Import.objects.filter(pk=found.pk).update(line=99_996, done=99_995)  # all but the last five are in
    table.run(found.pk, world.now)
    found.refresh_from_db()
    assert (found.state, found.done, found.added) == ("done", 100_000, 5)
    assert Lead.objects.filter(name="Клиент 99999", fields={"Город": "Пермь; центр"}).exists()


def _signed_in(world: World, person: str) -> Client:
    client = Client()
    client.force_login(access.account_of(world.person(person)), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_pages_upload_preview_progress(world: World) -> None:
    head = _signed_in(world, "olga")
    file = SimpleUploadedFile("лиды.csv", SAMPLE.encode("cp1251"))
    sent = head.post("/import", {"file": file})
    assert sent.status_code == 302
    url = sent["Location"]
    page = head.get(url).content.decode()
    assert "Пётр" in page
    again = {"encoding": "cp1251", "delimiter": ";", "header": "on"}
    chosen = {f"column-{number}": target for number, target in enumerate(["name", "phone", "email", "owner", ""])}
    assert head.post(url, again | chosen).status_code == 302
    assert Import.objects.get().settings["columns"][4] == ""
    assert head.post(url, again | chosen | {"column-4": "name"}).status_code == 422
    assert head.post(url, again | {"encoding": "utf-8-sig"}).status_code == 422
    assert head.post(url, again | chosen | {"start": ""}).status_code == 302
    running = head.get(url)
    assert running["Refresh"] == "2"
    table.run_pending(world.now)
    done = head.get(url)
    assert "Refresh" not in done
    refused = head.get(f"{url}/refused.csv").content.decode("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in refused[1:]] == ["5", "6", "7", "9"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04"])
def test_a_bad_upload_is_told(world: World, content: bytes) -> None:
    head = _signed_in(world, "olga")
    answer = head.post("/import", {"file": SimpleUploadedFile("x.csv", content)})
    assert answer.status_code == 422
    assert head.post("/import").status_code == 422


def test_imports_are_for_heads_of_the_company(world: World) -> None:
    found = _load(world)
    assert _signed_in(world, "anna").get(f"/import/{found.pk}").status_code == 403
    assert Client().get(f"/import/{found.pk}").status_code == 302
    assert _signed_in(world, "viktor").get(f"/import/{found.pk}").status_code == 404  # another head's clients
    assert _signed_in(world, "irina").get(f"/import/{found.pk}").status_code == 200
    stranger = _signed_in(World(), "olga")
    for path in (f"/import/{found.pk}", f"/import/{found.pk}/refused.csv"):
        assert stranger.get(path).status_code == 404


def test_a_lead_by_hand(world: World) -> None:
    anna = _signed_in(world, "anna")
    nonce = re.findall(r'name="nonce" value="([^"]+)"', anna.get("/add").content.decode())[0]
    said = {"name": "Пётр", "phone": "8 912 345-67-89", "source": "call", "owner": "anna", "nonce": nonce}
    assert anna.post("/add", {"nonce": nonce}).status_code == 422
    assert anna.post("/add", said | {"owner": "nobody"}).status_code == 422
    for _ in range(2):
        assert anna.post("/add", said).status_code == 302
    lead = Lead.objects.get()
    assert (lead.title, lead.source, lead.owner and lead.owner.key) == ("Пётр", "call", "anna")
    assert Request.objects.get().payload["by"] == "anna"
    for _ in range(2):  # he goes back to the form he has sent, and types in somebody else
        assert anna.post("/add", said | {"name": "Инна", "phone": "8 912 000-00-00"}).status_code == 302
    assert sorted(Lead.objects.values_list("name", flat=True)) == ["Инна", "Пётр"]


def test_the_command(world: World, tmp_path: Path) -> None:
    file = tmp_path / "лиды.csv"
    file.write_bytes(SAMPLE.encode("cp1251"))

    @click.command()
    @click.option("--yes", is_flag=True)
    @click.option("--delimiter")
    def bring(yes: bool, delimiter: str | None) -> None:
        import_table(world.company, file, yes=yes, delimiter=delimiter)

    asked = CliRunner().invoke(bring, input="n\n")
    assert asked.exit_code == 1
    assert not Lead.objects.exists()
    assert CliRunner().invoke(bring, ["--delimiter", "x"]).exit_code == 1
    done = CliRunner().invoke(bring, ["--yes"])
    assert done.exit_code == 0, done.output
    assert "Added 2, joined 1" in done.output
    assert "line 6:" in done.output
    file.write_bytes(b"PK\x03\x04")
    assert CliRunner().invoke(bring, ["--yes"]).exit_code == 1


@pytest.mark.rule("S-46")
def test_a_database_that_is_gone_for_a_moment_refuses_no_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _load(world)
    table.start(found)
    arrive, gone = engine.arrive, [1]

    def failing(*values: Any, **more: Any) -> Any:
        if Lead.objects.exists() and gone:
            gone.clear()
            raise OperationalError("deadlock detected")
        return arrive(*values, **more)

    monkeypatch.setattr(engine, "arrive", failing)
    with pytest.raises(OperationalError):
        table.run(found.pk, world.now)
    assert not Lead.objects.exists()
    table.run(found.pk, world.now)
    found.refresh_from_db()
    assert (found.state, found.added, found.joined, found.refused) == ("done", 2, 1, 4)
