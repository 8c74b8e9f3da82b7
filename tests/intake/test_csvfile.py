"""Tables in any encoding, with any delimiter, with broken quotes."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaddrum.intake import columns, csvfile
from leaddrum.intake.csvfile import NoTableError, Row

TEXT = "Имя;Телефон\nПётр;8 912 345-67-89\nАнна;8 912 345-67-80\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("cp1251"), "cp1251"),
        (TEXT.encode("utf-16"), "utf-16"),
        (("name;phone\n" * 9).encode("utf-16-le"), "utf-16-le"),
        (("name;phone\n" * 9).encode("utf-16-be"), "utf-16-be"),
        (b"name;phone\n", "utf-8-sig"),
    ],
)
def test_encodings_are_told_apart(raw: bytes, encoding: str) -> None:
    assert csvfile.encoding_of(raw) == encoding
    assert csvfile.lines_of(raw, encoding)[0].strip() in {"Имя;Телефон", "name;phone"}


@pytest.mark.parametrize("raw", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_a_workbook_is_no_table(raw: bytes) -> None:
    with pytest.raises(NoTableError, match="Excel"):
        csvfile.encoding_of(raw)


def test_a_wrong_encoding_is_told_with_its_line() -> None:
    with pytest.raises(NoTableError, match="2"):
        csvfile.lines_of("name\nПётр\n".encode("cp1251"), "utf-8")
    with pytest.raises(NoTableError):
        csvfile.lines_of(b"a;b\x00\n", "utf-8")


@pytest.mark.parametrize("delimiter", csvfile.DELIMITERS)
def test_the_delimiter_is_found(delimiter: str) -> None:
    signs = [sign for sign in csvfile.DELIMITERS if sign != delimiter]
    lines = [delimiter.join(["Имя", "Телефон", "Текст"]) + "\n"]
    lines += [delimiter.join(["Пётр", "8 912", f'"да{signs[0]} {signs[1]} нет"']) + "\n"] * 5
    assert csvfile.delimiter_of(lines) == delimiter


def test_what_excel_writes_on_top_is_believed() -> None:
    lines = ["sep=|\n", "a;b|c\n"]
    assert csvfile.delimiter_of(lines) == "|"
    assert csvfile.first_row(lines) == 1


def test_broken_quotes_cost_their_own_line_only() -> None:
    text = (
        'Имя;Текст\n"Пётр;нет конца\nАнна;цела\n"Борис" x;мусор\nТруба 1/2";цела\n'
        '"две\nстроки";цела\n\n ; \nКлара;"конец'
    )
    found = list(csvfile.rows(list(io.StringIO(text, newline="")), ";"))
    assert [(row.line, row.cells) for row in found if not row.wrong] == [
        (1, ("Имя", "Текст")),
        (3, ("Анна", "цела")),
        (5, ('Труба 1/2"', "цела")),
        (6, ("две\nстроки", "цела")),
    ]
    assert [row.line for row in found if row.wrong] == [2, 4, 10]


def test_a_quote_open_for_too_long_was_never_meant() -> None:
    lines = ['"x\n'] + ["a;b\n"] * 200
    found = list(csvfile.rows(lines, ";"))
    assert found[0] == Row(1, 1, (), found[0].wrong)
    assert len(found) == 201


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20),
            min_size=2,
            max_size=4,
        ),
        max_size=8,
    )
)
def test_what_was_written_is_read(table: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(table)
    lines = list(io.StringIO(out.getvalue(), newline=""))
    expected = [tuple(row) for row in table if any(cell.strip() for cell in row)]
    assert [row.cells for row in csvfile.rows(lines, ";")] == expected


@given(st.text(max_size=300), st.sampled_from(csvfile.DELIMITERS))
def test_every_line_is_used_exactly_once(text: str, delimiter: str) -> None:
    lines = list(io.StringIO(text, newline=""))
    rows = list(csvfile.rows(lines, delimiter))
    starts = [row.line for row in rows]
    assert starts == sorted(set(starts))
    for row, following in pairwise(rows):
        assert row.line + row.lines <= following.line


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        (["Имя", "Телефон", "E-mail", "Комментарий"], ["name", "phone", "email", "text"]),
        (["ФИО", "Моб. телефон", "Эл. почта", "Город"], ["name", "fields", "email", "fields"]),
        (["Name", "PHONE NUMBER", "email_address", ""], ["name", "phone", "email", ""]),
        (["Контактное лицо", "Тел.", "Ответственный", "Источник"], ["name", "phone", "owner", "source"]),
        (["Телефон", "Мобильный"], ["phone", "fields"]),
        (["Пётр", "8 912 345-67-89"], None),
    ],
)
def test_headings_are_understood(heading: list[str], found: list[str] | None) -> None:
    assert columns.guess(heading) == found


def test_columns_without_a_heading() -> None:
    cells = ["17", "8 912 345-67-89", "a@example.com", "Нужны окна", ""]
    assert columns.guess_by_content(cells, "RU") == ["name", "phone", "email", "text", ""]
