"""`leaddrum import FILE`: a table of leads from the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from leaddrum import clock
from leaddrum.intake import table
from leaddrum.intake.csvfile import NoTableError
from leaddrum.models import Company, Import, ImportRefusal


def import_table(
    company: Company, file: Path, *, yes: bool, encoding: str | None = None, delimiter: str | None = None
) -> None:
    """Show what the table would bring, ask, bring it in, list what was refused.

    Raises:
        click.ClickException: the file cannot be read as a table, or the import failed.
    """
    try:
        found = table.load(company, None, file.name, file.read_bytes(), now=clock.now())
        if encoding or delimiter:
            table.describe(
                found,
                encoding=encoding or found.settings["encoding"],
                delimiter=_sign(delimiter) if delimiter else found.settings["delimiter"],
            )
        _show(found)
    except (NoTableError, OSError) as error:
        raise click.ClickException(f"{file}: {error}") from error
    if not yes:
        click.confirm(f"Bring in {found.rows} rows?", abort=True)
    table.start(found)
    with click.progressbar(length=found.rows, label="Rows", file=sys.stderr) as bar:
        while found.state in {"preview", "running"}:
            before = found.done
            table.run(found.pk, clock.now(), limit=500)
            found = Import.objects.get(pk=found.pk)
            bar.update(found.done - before)
    _report(found)


def _show(found: Import) -> None:
    preview = table.preview(found, shown=5)
    settings = found.settings
    click.echo(f"{found.file_name}: {preview.total} rows, {settings['encoding']}, delimiter {settings['delimiter']!r}")
    for number, target in enumerate(preview.columns):
        heading = preview.heading[number] if number < len(preview.heading) else ""
        click.echo(f"  {number + 1}. {heading or '-'} -> {target or '(left out)'}")
    for row in preview.rows:
        wrong = table.in_words(row.problems)
        click.echo(f"  line {row.line}: {' | '.join(row.cells)}" + (f"   REFUSED: {wrong}" if wrong else ""))


def _report(found: Import) -> None:
    if found.state == "failed":
        raise click.ClickException(found.error)
    click.echo(f"Added {found.added}, joined {found.joined}, here before {found.repeated}, refused {found.refused}.")
    for refusal in ImportRefusal.objects.filter(source=found).order_by("line").iterator():
        click.echo(f"line {refusal.line}: {refusal.what}", err=True)


def _sign(delimiter: str) -> str:
    return {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
