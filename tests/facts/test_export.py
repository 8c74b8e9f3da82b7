"""Files that others open: pandas, DuckDB and openpyxl find the totals that the database has."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
from django.db import connection
from django.db.models import Sum

from leaddrum.facts import export
from leaddrum.facts import query as star
from leaddrum.facts.columns import ENTITIES
from leaddrum.models import FactTurn, Person, Source
from tests.facts.conftest import keep_books
from tests.world import World

pytestmark = pytest.mark.rule("S-50")


def totals() -> tuple[int, int, int]:
    budget = FactTurn.objects.aggregate(sum=Sum("budget_seconds"))["sum"]
    return FactTurn.objects.count(), budget, FactTurn.objects.filter(is_missed=True).count()


def test_pandas_and_duckdb_find_the_same_totals_in_every_format(lively: World, tmp_path: Path) -> None:
    query = star.whole("fact_turn", lively.company_id)
    files = {form: tmp_path / f"turns.{form}" for form in export.FORMATS}
    for form, file in files.items():
        assert export.write(query, form, file) == FactTurn.objects.count()
    for frame in (
        pd.read_csv(files["csv"]),
        pd.read_excel(files["xlsx"]),
        pd.read_parquet(files["parquet"]),
    ):
        assert list(frame.columns) == [column.name for column in ENTITIES["fact_turn"].columns]
        assert (len(frame), frame["budget_seconds"].sum(), frame["is_missed"].sum()) == totals()
        assert set(pd.to_datetime(frame["offered_at"], utc=True)) == set(
            FactTurn.objects.values_list("offered_at", flat=True)
        )
    for source in (f"read_csv('{files['csv']}')", f"'{files['parquet']}'"):
        sql = f"SELECT count(*), sum(budget_seconds)::bigint, count(*) FILTER (is_missed) FROM {source}"
        assert duckdb.connect().execute(sql).fetchall() == [totals()]
    assert not list(tmp_path.glob(".*"))


def test_every_table_can_be_had_in_every_format(lively: World, tmp_path: Path) -> None:
    for name in ENTITIES:
        for form in export.FORMATS:
            file = tmp_path / f"{name}.{form}"
            rows = export.write(star.whole(name, lively.company_id), form, file)
            assert rows == star.count(star.whole(name, lively.company_id)) > 0


def test_since_a_stamp_only_what_changed(lively: World, tmp_path: Path) -> None:
    stamp = max(FactTurn.objects.values_list("change_stamp", flat=True))
    card = lively.lead()
    lively.take(card, by=card.holder or "")
    keep_books(lively)
    export.write(star.whole("fact_turn", lively.company_id, stamp), "csv", tmp_path / "new.csv")
    assert list(pd.read_csv(tmp_path / "new.csv")["lead_id"]) == [card.id]


def test_a_spreadsheet_takes_no_text_for_a_formula_and_reads_cyrillic(lively: World, tmp_path: Path) -> None:
    Person.objects.filter(key="anna").update(name='=HYPERLINK("http://evil")')
    Source.objects.filter(name="site").update(name="@SUM(A1)")
    for name in ("dim_person", "dim_source"):
        export.write(star.whole(name, lively.company_id), "csv", tmp_path / f"{name}.csv")
        export.write(star.whole(name, lively.company_id), "xlsx", tmp_path / f"{name}.xlsx")
    text = (tmp_path / "dim_person.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert "Борис Левин" in text.decode("utf-8-sig")
    names = pd.read_csv(tmp_path / "dim_person.csv")["person_name"]
    assert '\'=HYPERLINK("http://evil")' in set(names)
    assert "'@SUM(A1)" in set(pd.read_csv(tmp_path / "dim_source.csv")["source_name"])
    assert '=HYPERLINK("http://evil")' in set(pd.read_excel(tmp_path / "dim_person.xlsx")["person_name"])


def test_a_sheet_that_is_full_goes_on_in_the_next(
    lively: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "SHEET", 2)
    export.write(star.whole("fact_turn", lively.company_id), "xlsx", tmp_path / "many.xlsx")
    sheets = pd.read_excel(tmp_path / "many.xlsx", sheet_name=None)
    assert sum(len(sheet) for sheet in sheets.values()) == FactTurn.objects.count()
    assert len(sheets) > 1


def test_the_views_give_what_the_feed_gives(lively: World) -> None:
    for name, entity in ENTITIES.items():
        query = star.Query(
            entity, lively.company_id, tuple(c for c in entity.columns if c.kind in {"id", "int", "text"})
        )
        names = ", ".join(column.name for column in query.columns)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {name} WHERE company = %s ORDER BY {entity.key}", [lively.company.key])
            assert cursor.fetchall() == list(star.rows(query)), name
