"""A company: its file, who may sign in, which programs may read and write."""

from __future__ import annotations

from pathlib import Path

import click

from leaddrum.cli.frame import command, company_key, the_company

language = click.option("--lang", type=click.Choice(["ru", "en"]), help="Language of what is printed; else the file's.")
company_file = click.argument("file", type=click.Path(path_type=Path))


@command(folder=False, schema="skip")
@company_file
@language
def check(file: Path, lang: str | None) -> None:
    """Read a company FILE: what is wrong or doubtful in it, and the worst case of every drum."""
    from leaddrum.company import commands

    commands.check(file, lang)


@command(create=True, schema="migrate")
@company_file
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--running", is_flag=True, help="The file's budgets also for the turns that run already.")
@language
def apply(file: Path, yes: bool, running: bool, lang: str | None) -> None:
    """Show what a company FILE would change, ask, and change it."""
    from leaddrum.company import commands

    commands.apply_file(file, ask=not yes, lang=lang, running=running)


@command()
@click.argument("name")
@click.option("--role", type=click.Choice(["admin", "intake", "read", "feed"]), default="admin", show_default=True)
@click.option("--expires", type=click.IntRange(1, 3650), metavar="DAYS", help="Days it is valid; else for ever.")
@click.option("--revoke", is_flag=True, help="End the token of that name instead.")
@company_key
def token(name: str, role: str, expires: int | None, revoke: bool, company_key: str | None) -> None:
    """Make an API token and print it, once."""
    from leaddrum import access, clock

    company = the_company(company_key)
    if revoke:
        if not access.revoke_token(company, name, now=clock.now()):
            raise click.ClickException(f"There is no valid token {name!r}.")
        click.echo(f"The token {name!r} is revoked.")
        return
    try:
        click.echo(access.make_token(company, name, role, now=clock.now(), days=expires))
    except access.NameTakenError as error:
        raise click.ClickException(f"There is a token {name!r} already; choose another name.") from error


@command()
@click.argument("person")
@click.option(
    "--minutes", type=click.IntRange(1, 1440), default=15, show_default=True, help="How long the link is valid."
)
@click.option("--without-second-factor", is_flag=True, help="His phone is lost: his second factor ends.")
@company_key
def login(person: str, minutes: int, without_second_factor: bool, company_key: str | None) -> None:
    """Print a link that signs PERSON (his id or e-mail) in, once."""
    from django.db.models import Q

    from leaddrum import access, clock, second_factor
    from leaddrum.links import sign_in_url
    from leaddrum.models import Person

    company = the_company(company_key)
    found = list(Person.objects.filter(Q(key=person) | Q(email__iexact=person), company=company, active=True))
    if len(found) != 1:
        raise click.ClickException(f"There is no person {person!r} in {company.name}.")
    account = access.account_of(found[0])
    if without_second_factor and second_factor.off(account):
        click.echo("The second factor is off; he can set up a new one.", err=True)
    click.echo(sign_in_url(access.make_link(account, now=clock.now(), minutes=minutes)))
