"""A table of the star as a file: CSV, XLSX or Parquet, streamed, of any size (S-50).

CSV is UTF-8 with the byte order mark that makes spreadsheets read Cyrillic, and text that a spreadsheet would take for
a formula is made text again. On PostgreSQL the server writes it (COPY). A sheet of XLSX ends at 1,048,576 rows: what is
more goes on in further sheets.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.db import connection

from leaddrum.facts import query as star
from leaddrum.facts.query import Query
from leaddrum.facts.shape import Column

FORMATS = ("csv", "xlsx", "parquet")
SHEET = 1_048_575  # rows under the heading
GROUP = 20_000  # rows of a Parquet row group
BOM = b"\xef\xbb\xbf"
Told = Callable[[int], None]


def csv_chunks(query: Query) -> Iterator[bytes]:
    """The file in pieces."""
    postgres = connection.vendor == "postgresql"
    end = "\n" if postgres else "\r\n"  # as the server ends its lines, and as Python does
    yield BOM + (",".join(column.name for column in query.columns) + end).encode()
    yield from _copied(query) if postgres else _written(query)


def _written(query: Query) -> Iterator[bytes]:
    rows = star.rows(query, defused=True)
    while some := list(islice(rows, star.FETCH)):
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows(some)
        yield buffer.getvalue().encode()


def _copied(query: Query) -> Iterator[bytes]:
    import psycopg

    sql, values = star.statement(query, defused=True)
    with star.unhurried(), connection.cursor() as cursor:
        whole = psycopg.ClientCursor(cursor.cursor.connection).mogrify(sql, values)
        raw = psycopg.Cursor(cursor.cursor.connection)
        with raw, raw.copy(f"COPY ({whole}) TO STDOUT (FORMAT csv)".encode()) as copy:
            for piece in copy:
                yield bytes(piece)


def write(query: Query, form: str, out: Path, told: Told = lambda _rows: None) -> int:
    """Write the file; it appears when it is whole. Returns the number of rows.

    Args:
        form: one of FORMATS.
        told: hears how many rows are written so far.

    Raises:
        OSError: it cannot be written.
    """
    part = out.with_name(f".{out.name}.part")
    try:
        rows = {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}[form](query, part, told)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return rows


def _csv(query: Query, out: Path, told: Told) -> int:
    lines = -1  # the heading is none
    with out.open("wb") as file:
        for piece in csv_chunks(query):
            file.write(piece)
            lines += piece.count(b"\n")  # no column holds a line break: names are one line each
            told(max(0, lines))
    return lines


def _xlsx(query: Query, out: Path, told: Told) -> int:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(out), {"constant_memory": True, "strings_to_formulas": False})
    formats = {
        "instant": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    head = book.add_format({"bold": True})
    rows, done = star.rows(query), 0
    while True:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [column.name for column in query.columns], head)
        last = 0
        for last, row in enumerate(islice(rows, SHEET), start=1):
            for place, (column, value) in enumerate(zip(query.columns, row, strict=True)):
                _cell(sheet, last, place, column, value, formats)
            if last % star.FETCH == 0:
                told(done + last)
        done += last
        if last < SHEET:
            break
    book.close()
    return done


def _cell(sheet: Any, row: int, place: int, column: Column, value: Any, formats: dict[str, Any]) -> None:
    if value is None:
        return
    if column.kind == "text":
        sheet.write_string(row, place, value)
    elif column.kind == "bool":
        sheet.write_boolean(row, place, bool(value))
    elif column.kind == "instant":  # spreadsheets know no zones: it is UTC
        sheet.write_datetime(row, place, datetime.fromisoformat(value).replace(tzinfo=None), formats["instant"])
    elif column.kind == "date":
        sheet.write_datetime(row, place, date.fromisoformat(value), formats["date"])
    else:
        sheet.write_number(row, place, value)


def _parquet(query: Query, out: Path, told: Told) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_memory_pool(pa.system_memory_pool())  # its own keeps what it has once had

    kinds = {
        "id": pa.int64(),
        "int": pa.int64(),
        "text": pa.string(),
        "bool": pa.bool_(),
        "instant": pa.timestamp("ms", tz="UTC"),
        "date": pa.date32(),
    }
    schema = pa.schema([pa.field(c.name, kinds[c.kind], nullable=c.null) for c in query.columns])
    rows, done = star.rows(query), 0
    with pq.ParquetWriter(str(out), schema, compression="zstd") as writer:
        while batches := _group(pa, rows, query, schema):
            writer.write_table(pa.Table.from_batches(batches, schema=schema))
            done += sum(batch.num_rows for batch in batches)
            told(done)
    return done


def _group(pa: Any, rows: Iterator[star.Row], query: Query, schema: Any) -> list[Any]:
    """A row group: packed few rows at a time, for Python's own take ten times the room."""
    batches: list[Any] = []
    for _ in range(GROUP // star.FETCH):
        some = list(islice(rows, star.FETCH))
        if not some:
            break
        columns = zip(query.columns, schema.types, zip(*some, strict=True), strict=True)
        arrays = [_array(pa, column, kind, cells) for column, kind, cells in columns]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return batches


def _array(pa: Any, column: Column, kind: Any, cells: tuple[Any, ...]) -> Any:
    if column.kind in {"instant", "date"}:
        return pa.array(cells, pa.string()).cast(kind)
    if column.kind == "bool":
        return pa.array([None if cell is None else bool(cell) for cell in cells], kind)
    return pa.array(cells, kind)


def opened(query: Query, form: str, folder: Path) -> IO[bytes]:
    """The file, made in `folder` and gone from it already: it lives as long as it is read."""
    out = folder / f"export-{query.company}-{query.entity.name}.{form}"
    write(query, form, out)
    file = out.open("rb")
    out.unlink()
    return file
