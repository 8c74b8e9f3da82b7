"""Leads and the journal: in, out, looked at, masked."""

from __future__ import annotations

from pathlib import Path

import click

from leaddrum.cli.frame import command, company_key, the_company


@command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--encoding", help="utf-8-sig, cp1251, utf-16, koi8-r or cp866; else it is guessed.")
@click.option("--delimiter", metavar="SIGN", help="; , | or tab; else it is guessed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@company_key
def import_command(file: Path, encoding: str | None, delimiter: str | None, yes: bool, company_key: str | None) -> None:
    """Bring in a table of leads (CSV). Refused rows are listed on stderr with line and reason."""
    from leaddrum.intake.commands import import_table

    import_table(the_company(company_key), file, yes=yes, encoding=encoding, delimiter=delimiter)


@command()
@click.argument("number", metavar="ID", type=int)
@click.option("--format", "shape", type=click.Choice(["json", "text"]), default="text", show_default=True)
@company_key
def lead(number: int, shape: str, company_key: str | None) -> None:
    """A lead's whole story."""
    from leaddrum import clock, printing
    from leaddrum.models import Lead

    company = the_company(company_key)
    found = Lead.objects.filter(company=company, pk=number).first()
    if found is None:
        raise click.ClickException(f"There is no lead {number}.")
    printing.lead(found, shape, now=clock.now(), write=click.echo)


@command()
@click.argument("action", type=click.Choice(["verify"]), required=False)
@click.option("--anchor", metavar="N:DIGEST", help="verify: a block's digest that was kept outside.")
@click.option("--since", metavar="WHEN", help="A date or an instant (ISO 8601), in the company's zone.")
@click.option("--until", metavar="WHEN", help="Up to and not including it; a date means the end of that day.")
@click.option("--person", metavar="ID")
@click.option("--drum", metavar="ID")
@click.option("--format", "shape", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@company_key
def journal(
    action: str | None,
    anchor: str | None,
    since: str | None,
    until: str | None,
    person: str | None,
    drum: str | None,
    shape: str,
    company_key: str | None,
) -> None:
    """The journal of misses; `journal verify` looks whether anybody has tampered with it."""
    from leaddrum import printing

    company = the_company(company_key)
    if action == "verify":
        from leaddrum.facts import commands

        commands.verify(company, anchor)
        return
    try:
        chosen = printing.chosen(company, since=since, until=until, person=person, drum=drum)
    except printing.WrongFilterError as error:
        raise click.UsageError(str(error)) from error
    printing.journal(company, chosen, shape, write=click.echo)


@command()
@click.argument("table", metavar="TABLE")
@click.option("--format", "form", type=click.Choice(["csv", "xlsx", "parquet"]), required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", required=True)
@click.option("--since", type=click.IntRange(0), metavar="STAMP", help="Only rows that changed after that stamp.")
@company_key
def export(table: str, form: str, out: Path, since: int | None, company_key: str | None) -> None:
    """Write a TABLE of facts or dimensions to FILE: fact_lead, fact_turn, dim_person, …"""
    from leaddrum import clock
    from leaddrum.facts import columns, commands

    if table not in columns.ENTITIES:
        raise click.UsageError(f"There is no table {table!r}. There are: {', '.join(columns.ENTITIES)}.")
    commands.export(the_company(company_key), table, form, out, since, clock.now())


@command()
@click.option("--lead", type=int, metavar="ID", help="The client of this lead.")
@click.option(
    "--months", type=click.IntRange(1, 240), metavar="N", help="All whose leads nothing has happened to for N months."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@company_key
def mask(lead: int | None, months: int | None, yes: bool, company_key: str | None) -> None:
    """Mask clients' data for good; the journal and every figure stay."""
    from leaddrum import clock
    from leaddrum.facts import commands

    commands.mask(the_company(company_key), lead, months, yes=yes, now=clock.now())
