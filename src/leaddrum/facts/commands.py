"""What the command line says about the seal and the feeds."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from django.utils.translation import gettext as _

from leaddrum import words
from leaddrum.engine import Refused
from leaddrum.facts import export as exporting
from leaddrum.facts import keep, masking
from leaddrum.facts import query as star
from leaddrum.facts.verify import Broken
from leaddrum.facts.verify import verify as look
from leaddrum.models import Company, Keeping, Lead

BROKEN = 1  # exit code


def verify(company: Company, anchor: str | None) -> None:
    """`leaddrum journal verify`: exit 1 and the first broken row, or what was found well.

    Raises:
        click.UsageError: the anchor is none.
    """
    found = look(company.pk, _anchor(anchor))
    if found.broken is not None:
        click.echo(in_words(found.broken))
        sys.exit(BROKEN)
    said = _("The journal is as it was sealed: %(rows)s rows in %(blocks)s blocks.")
    click.echo(said % {"rows": found.rows, "blocks": found.blocks})
    if found.waiting:
        click.echo(_("Not sealed yet: %(rows)s rows.") % {"rows": found.waiting})
    if found.blocks:
        click.echo(_("Keep this outside, to be asked for with --anchor:") + f" {found.blocks}:{found.digest}")


def _anchor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,18}:[0-9a-f]{64}", text):
        raise click.UsageError(_("An anchor is the number and the digest of a block, as `journal verify` prints them."))
    number, digest = text.split(":")
    return int(number), digest


def in_words(broken: Broken) -> str:
    where = {"table": broken.table, "row": broken.row}
    match broken.how:
        case "changed":
            return _("Broken: row %(row)s of the table %(table)s was changed after it was sealed.") % where
        case "missing":
            return _("Broken: row %(row)s of the table %(table)s is gone.") % where
        case "inserted":
            return _("Broken: row %(row)s of the table %(table)s was slipped in.") % where
        case "annulment":
            return _("Broken: the annulment of incident %(row)s is not what the journal says.") % where
        case "explanation":
            return _("Broken: the explanation of incident %(row)s is not what the journal says.") % where
        case "anchor":
            return _("Broken: block %(row)s of the chain is not the one whose digest was kept.") % where
        case _:
            return _("Broken: the chain itself, at block %(row)s.") % where


def export(company: Company, table: str, form: str, out: Path, since: int | None, now: datetime) -> None:
    """`leaddrum export`: the books are brought up to date first, so that the file has what is in the journal."""
    with progress(_("Bringing the books up to date")) as told:
        keep.catch_up(company.pk, now, told)
    query = star.whole(table, company.pk, since)
    with progress(_("Writing %s") % out) as told:
        rows = exporting.write(query, form, out, told)
    stamp = Keeping.objects.values_list("stamp", flat=True).get(company=company)
    click.echo(_("%(file)s: %(rows)s rows. Next time: --since %(stamp)s") % {"file": out, "rows": rows, "stamp": stamp})


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """A line on stderr that counts, for whoever sits at a terminal."""
    if not sys.stderr.isatty():
        yield lambda _number: None
        return
    last = 0.0

    def told(number: int) -> None:
        nonlocal last
        if time.monotonic() - last > 0.2:
            last = time.monotonic()
            click.echo(f"\r{what}: {number}", nl=False, err=True)

    try:
        yield told
    finally:
        if last:
            click.echo("", err=True)


def mask(company: Company, lead: int | None, months: int | None, *, yes: bool, now: datetime) -> None:
    """`leaddrum mask`: one client at his request, or all whose leads are older than so many months.

    Raises:
        click.ClickException: there is no such lead, or it is still being worked on.
    """
    if lead is not None:
        found = Lead.objects.filter(company=company, pk=lead).first()
        if found is None:
            raise click.ClickException(_("There is no lead %s.") % lead)
        if not yes:
            click.confirm(_("Mask the client's data of lead %s? It cannot be undone.") % lead, abort=True)
        try:
            masking.mask(found, by=None, now=now)
        except Refused as refusal:
            raise click.ClickException(words.refusal(refusal)) from refusal
        click.echo(_("The client's data of lead %s is masked.") % lead)
        return
    if months is None:
        raise click.UsageError(_("Say whose data: --lead ID, or --months N."))
    keep.catch_up(company.pk, now)
    before = masking.before_months(now, months)
    numbers = list(masking.older(company.pk, before))
    if not yes:
        said = _("Mask the clients' data of %(leads)s leads from before %(day)s? It cannot be undone.")
        click.confirm(said % {"leads": len(numbers), "day": before.date()}, abort=True)
    masked = 0
    with progress(_("Masking")) as told:
        for number in numbers:
            try:
                masking.mask(Lead.objects.get(pk=number), by=None, now=now)
            except Refused as refusal:  # it is being worked on again
                click.echo(f"{number}: {words.refusal(refusal)}", err=True)
                continue
            masked += 1
            told(masked)
    masking.forget_files(company.pk, before)
    click.echo(_("Masked leads: %s.") % masked)
