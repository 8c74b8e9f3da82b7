"""A table of leads, from its upload to its last row.

1. `load` keeps the file and guesses encoding, delimiter and what each column is.
2. `preview` shows the first rows as they would come in; `describe` changes a guess.
3. `start` hands it to whoever calls `run_pending` (the loop) or `run`.
4. `run` takes batches of rows: each batch and the line it has reached are one commit, so that a crash repeats nothing
   and leaves nothing out. A row no lead can be made of is listed with its line and reason, the rest come in.

A row is known by the file's digest and its line (or by its own id column): the same file sent again makes no lead
twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from leaddrum import engine, words
from leaddrum.intake import clean, columns, csvfile, dedupe
from leaddrum.intake.csvfile import NoTableError, Row
from leaddrum.intake.problems import BREAKS, Problem, Unreadable
from leaddrum.intake.reader import Reader
from leaddrum.models import Company, Import, ImportFile, ImportRefusal, Person

LARGEST_FILE = 32 * 1024 * 1024  # bytes
BATCH = 50  # rows a commit: the company's other work waits for no more than these
log = structlog.stdlib.get_logger("leaddrum.intake")


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of a preview."""

    line: int
    cells: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    heading: tuple[str, ...]  # empty when there is none
    columns: tuple[str, ...]  # what each is: `columns.CHOICES`
    rows: tuple[Shown, ...]
    total: int


def load(company: Company, by: Person | None, file_name: str, content: bytes, *, now: datetime) -> Import:
    """Keep the file, in state `preview`.

    Raises:
        NoTableError: empty, too large, or no text.
    """
    if len(content) > LARGEST_FILE:
        raise NoTableError(_("The file is too large: at most %(most)s MB.") % {"most": LARGEST_FILE // 2**20})
    encoding = csvfile.encoding_of(content)
    lines = csvfile.lines_of(content, encoding)
    guessed = _guess(lines, encoding, csvfile.delimiter_of(lines), company)
    with transaction.atomic():
        made = Import.objects.create(
            company=company,
            created_by=by,
            created_at=now,
            file_name=clean.one_line(file_name)[-255:],  # its end tells more than its beginning
            settings=guessed,
            rows=_count(lines, guessed),
        )
        ImportFile.objects.create(source=made, content=content, digest=hashlib.sha256(content).hexdigest())
    return made


def describe(
    found: Import, *, encoding: str, delimiter: str, header: bool | None = None, chosen: Sequence[str] | None = None
) -> None:
    """Read the file another way. Without `chosen` what the columns are is guessed anew.

    Raises:
        NoTableError: it cannot be read that way; nothing is changed.
    """
    if encoding not in csvfile.ENCODINGS and encoding != found.settings["encoding"]:
        raise NoTableError(_("The encoding “%s” is not known here.") % encoding)
    if delimiter not in csvfile.DELIMITERS:
        raise NoTableError(_("The delimiter “%s” is not known here.") % delimiter)
    lines = csvfile.lines_of(bytes(found.file.content), encoding)
    settings = _guess(lines, encoding, delimiter, found.company)
    if header is not None:
        settings["header"] = header
    if chosen is not None:
        _check_columns(chosen)
        settings["columns"] = list(chosen)
    found.settings, found.rows = settings, _count(lines, settings)
    found.save(update_fields=["settings", "rows"])
    _lines.cache_clear()


def preview(found: Import, shown: int = 10) -> Preview:
    """The first rows as they would come in.

    Raises:
        NoTableError: the file cannot be read as it is described.
    """
    lines, settings = _lines(found.pk, found.settings["encoding"]), found.settings
    reader = Reader.of(found, lines)
    first = islice(csvfile.rows(lines, settings["delimiter"], _begin(lines, settings)), shown)
    rows = tuple(Shown(row.line, row.cells, tuple(reader.problems(row))) for row in first)
    return Preview(reader.heading, tuple(settings["columns"]), rows, found.rows)


def start(found: Import) -> None:
    """From now on `run_pending` brings its rows in."""
    Import.objects.filter(pk=found.pk, state="preview").update(state="running")


def run_pending(now: datetime, limit: int = 500) -> bool:
    """Bring in up to `limit` rows of the oldest import under way. For the loop: whether there is more to do."""
    found = Import.objects.filter(state="running").order_by("pk").values_list("pk", flat=True).first()
    if found is None:
        return False
    run(found, now, limit)
    return Import.objects.filter(state="running").exists()


def run(import_id: int, now: datetime, limit: int | None = None) -> None:
    """Bring the rows in, from the line it has reached; all, or up to `limit`."""
    found = Import.objects.select_related("company").get(pk=import_id)
    with override(found.company.language):
        try:
            lines = _lines(found.pk, found.settings["encoding"])
            left = limit
            while found.state == "running" and (left is None or left > 0):
                batch = BATCH if left is None else min(BATCH, left)
                found = _bring_in(found.pk, lines, now, batch)
                left = None if left is None else left - batch
        except (NoTableError, KeyError, engine.Refused) as error:
            log.warning("import failed", id=found.pk, error=str(error))
            Import.objects.filter(pk=found.pk).update(state="failed", error=str(error))
    if found.state != "running":
        _lines.cache_clear()


def _bring_in(import_id: int, lines: Sequence[str], now: datetime, batch: int) -> Import:
    """One batch and the line it reaches, in one commit that holds the company: another process waits, then goes on."""
    company_id = Import.objects.values_list("company", flat=True).get(pk=import_id)
    with engine.in_company(company_id):
        found = Import.objects.select_related("company", "file").defer("file__content").get(pk=import_id)
        if found.state != "running":
            return found
        reader = Reader.of(found, lines)
        begin = max(found.line, _begin(lines, found.settings))
        rows = list(islice(csvfile.rows(lines, found.settings["delimiter"], begin), batch))
        outcomes: dict[str, int] = {"created": 0, "joined": 0, "repeated": 0}
        refused: list[ImportRefusal] = []
        for row in rows:
            try:
                outcomes[_arrive(reader, row, now)] += 1
            except Unreadable as error:
                refused.append(ImportRefusal(source=found, line=row.line, what=in_words(error.problems)))
        ImportRefusal.objects.bulk_create(refused)
        found.line = rows[-1].line + rows[-1].lines - 1 if rows else len(lines)
        found.done += len(rows)
        found.added += outcomes["created"]
        found.joined += outcomes["joined"]
        found.repeated += outcomes["repeated"]
        found.refused += len(refused)
        found.state = "running" if len(rows) == batch else "done"
        found.save(update_fields=["line", "done", "added", "joined", "repeated", "refused", "state"])
    return found


def in_words(found: Sequence[Problem]) -> str:
    """Why a row is refused, in one line."""
    places = {target: str(label) for target, label in columns.LABELS.items() if target}
    return "; ".join(f"{places.get(p.where, p.where)}: {p.what}" if p.where else p.what for p in found)


def _arrive(reader: Reader, row: Row, now: datetime) -> str:
    """
    Raises:
        Unreadable: why the row is refused.
    """
    arrival = reader.arrival(row)
    try:
        with transaction.atomic():
            return engine.arrive(reader.company.pk, arrival, now=now).outcome
    except engine.Refused as error:
        raise Unreadable([Problem("", words.refusal(error))]) from error
    except BREAKS as error:
        # A row that breaks something is told and left; it must not stop the rows behind it.
        log.exception("row failed", line=row.line, error=type(error).__name__)
        raise Unreadable([Problem("", _("It could not be saved: %s.") % type(error).__name__)]) from error


@lru_cache(maxsize=1)
def _lines(import_id: int, encoding: str) -> list[str]:
    """The file's lines, kept between two batches of the same import."""
    return csvfile.lines_of(bytes(ImportFile.objects.get(source=import_id).content), encoding)


def _guess(lines: Sequence[str], encoding: str, delimiter: str, company: Company) -> dict[str, Any]:
    first = next((row for row in csvfile.rows(lines, delimiter, csvfile.first_row(lines)) if not row.wrong), None)
    if first is None:
        raise NoTableError(_("There is no row in the file."))
    known = columns.guess(first.cells)
    region = dedupe.region_of(company.zone, company.language)
    guessed = columns.guess_by_content(first.cells, region) if known is None else known
    return {"encoding": encoding, "delimiter": delimiter, "header": known is not None, "columns": guessed}


def _begin(lines: Sequence[str], settings: Mapping[str, Any]) -> int:
    """Index of the line of the first lead."""
    first = csvfile.first_row(lines)
    if not settings["header"]:
        return first
    heading = next(iter(csvfile.rows(lines, settings["delimiter"], first)), None)
    return len(lines) if heading is None else heading.line - 1 + heading.lines


def _count(lines: Sequence[str], settings: Mapping[str, Any]) -> int:
    return sum(1 for _row in csvfile.rows(lines, settings["delimiter"], _begin(lines, settings)))


def _check_columns(chosen: Sequence[str]) -> None:
    """
    Raises:
        NoTableError: a column is nothing known, or two are the same thing.
    """
    for target in chosen:
        if target not in columns.CHOICES:
            raise NoTableError(_("A column cannot be “%s”.") % target[:64])
        if target in columns.TARGETS and list(chosen).count(target) > 1:
            raise NoTableError(_("Two columns cannot both be “%s”.") % target)
