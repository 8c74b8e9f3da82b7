"""The command line. Every command takes `--data DIR`; errors are one line on stderr.

Exit codes: 0 well; 1 something is wrong or refused; 2 the command was not understood; 3 it could not start here
(folder, port, database, setting, schema); 70 a fault of the program.
"""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leaddrum import __version__
from leaddrum.demo import command as demo
from leaddrum.start import CannotStartError, check_schema, in_words, migrate, prepare

if TYPE_CHECKING:
    from leaddrum.models import Company

CANNOT_START, FAULT = 3, 70


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="leaddrum")
def cli() -> None:
    """LeadDrum makes sure that no incoming lead is forgotten."""


def main() -> None:
    """Run the command of `sys.argv` and leave with its exit code."""
    try:
        code = cli.main(standalone_mode=False)  # click catches its own `Exit` and returns the code
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone, e.g. `| head`
        sys.exit(0)
    except CannotStartError as error:
        _leave(str(error), CANNOT_START)
    except Exception as error:
        words = in_words(error)
        if words is not None:
            _leave(words, CANNOT_START)
        logging.getLogger("leaddrum").debug("fault", exc_info=error)
        _leave(f"{type(error).__name__}: {error}. This is a fault of LeadDrum; LEADDRUM_LOG=debug shows more.", FAULT)


def _leave(words: str, code: int) -> None:
    click.echo(f"leaddrum: {words}", err=True)
    sys.exit(code)


def command(
    *, create: bool = False, folder: bool = True, schema: str = "check", name: str | None = None
) -> Callable[[Callable[..., None]], click.Command]:
    """A command with `--data`, run with Django set up.

    Args:
        create: make a missing data folder.
        folder: whether it needs the data folder at all.
        schema: what becomes of the database first: `check` that it is of this release, `migrate` it forward, `skip`.
    """

    def make(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def run(data: str | None, **options: Any) -> None:
            prepare(data, create=create, folder=folder)
            if schema == "check":
                check_schema()
            elif schema == "migrate":
                migrate()
            function(**options)

        data = click.option(
            "--data", metavar="DIR", help="Folder of the installation; else LEADDRUM_DATA, else ./data."
        )
        return cli.command(name=name)(data(run))

    return make


company_key = click.option("--company-key", metavar="KEY", help="Which company, where there are several.")


def the_company(key: str | None) -> Company:
    """The company of that key, or the only one; from here on words are in its language.

    Raises:
        click.ClickException: there is none, or several and none was named.
    """
    from django.utils import translation

    from leaddrum.models import Company

    companies = list(Company.objects.order_by("key")) if key is None else list(Company.objects.filter(key=key))
    if not companies and key is not None:
        raise click.ClickException(f"There is no company {key!r}.")
    if not companies:
        raise click.ClickException("There is no company yet. Run: leaddrum apply FILE")
    if len(companies) > 1:
        keys = ", ".join(company.key for company in companies)
        raise click.ClickException(f"There are several companies; choose one with --company-key: {keys}.")
    translation.activate(companies[0].language)
    return companies[0]


def address(function: Callable[..., None]) -> Callable[..., None]:
    host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
    port = click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free.")
    return host(port(function))


@command(create=True, schema="migrate")
@click.option(
    "--company", type=click.Path(path_type=Path), metavar="FILE", help="Apply this company file at the start."
)
@click.option("--sample", type=click.Path(path_type=Path), metavar="FILE", hidden=True)
@address
def serve(company: Path | None, sample: Path | None, host: str, port: int) -> None:
    """Pages and engine in one process."""
    from leaddrum import serve as serving
    from leaddrum.sample import first_start

    serving.web(host, port, with_engine=True, before=lambda: first_start(company, sample))


@command(create=True, schema="migrate")
def work() -> None:
    """The engine only."""
    from leaddrum import serve as serving

    serving.work()


@command(create=True, schema="migrate")
@address
def web(host: str, port: int) -> None:
    """The pages only."""
    from leaddrum import serve as serving

    serving.web(host, port, with_engine=False)


@command(create=True, schema="skip", name="migrate")
def migrate_command() -> None:
    """Bring the database to this release. `serve`, `work` and `web` do it themselves."""
    for name in migrate():
        click.echo(name)
    click.echo("The database is of this release.")


@command(schema="skip")
@click.option("--confirm-clock", is_flag=True, help="This machine's clock is right: let verdicts fall again.")
def doctor(confirm_clock: bool) -> None:
    """Look whether everything is well."""
    from leaddrum.doctor import confirm, report

    if confirm_clock:
        confirm()
    healthy = True
    for finding in report():
        click.echo(str(finding))
        healthy = healthy and finding.well
    if not healthy:
        sys.exit(1)


language = click.option("--lang", type=click.Choice(["ru", "en"]), help="Language of what is printed; else the file's.")
company_file = click.argument("file", type=click.Path(path_type=Path))


@command(folder=False, schema="skip")
@company_file
@language
def check(file: Path, lang: str | None) -> None:
    """Read a company FILE: what is wrong or doubtful in it, and the worst case of every drum."""
    from leaddrum.company import commands

    click.get_current_context().invoke(commands.check, file=file, lang=lang)


@command(create=True, schema="migrate")
@company_file
@click.option("--yes", is_flag=True, help="Do not ask.")
@language
def apply(file: Path, yes: bool, lang: str | None) -> None:
    """Show what a company FILE would change, ask, and change it."""
    from leaddrum.company import commands

    click.get_current_context().invoke(commands.apply_, file=file, yes=yes, lang=lang)


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
@company_key
def login(person: str, minutes: int, company_key: str | None) -> None:
    """Print a link that signs PERSON (his id or e-mail) in, once."""
    from django.db.models import Q

    from leaddrum import access, clock
    from leaddrum.links import sign_in_url
    from leaddrum.models import Person

    company = the_company(company_key)
    found = list(Person.objects.filter(Q(key=person) | Q(email__iexact=person), company=company, active=True))
    if len(found) != 1:
        raise click.ClickException(f"There is no person {person!r} in {company.name}.")
    click.echo(sign_in_url(access.make_link(access.account_of(found[0]), now=clock.now(), minutes=minutes)))


@command()
@click.argument("name")
def operator(name: str) -> None:
    """Make an account for /admin/, or find it, and print a link that signs it in, once."""
    from leaddrum import access, clock
    from leaddrum.links import sign_in_url

    click.echo(sign_in_url(access.make_link(access.operator(name), now=clock.now())))


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
@click.option("--months", type=click.IntRange(1, 240), metavar="N", help="All whose leads came more than N months ago.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@company_key
def mask(lead: int | None, months: int | None, yes: bool, company_key: str | None) -> None:
    """Mask clients' data for good; the journal and every figure stay."""
    from leaddrum import clock
    from leaddrum.facts import commands

    commands.mask(the_company(company_key), lead, months, yes=yes, now=clock.now())


@command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write everything to FILE (a zip), while the engine goes on."""
    from leaddrum.backup import CannotBackUpError, write

    try:
        click.echo(write(file).line)
    except CannotBackUpError as error:
        raise click.ClickException(str(error)) from error


@command(create=True, schema="skip")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", is_flag=True, help="Throw away what the database holds now.")
def restore(file: Path, replace: bool) -> None:
    """Read a backup back into an empty database."""
    from leaddrum.backup import CannotRestoreError, read

    try:
        click.echo(read(file, replace=replace).line)
    except CannotRestoreError as error:
        raise click.ClickException(str(error)) from error


day = click.DateTime(["%Y-%m-%d"])


@command()
@click.argument("drum")
@click.option("--from", "since", type=day, help="First day, YYYY-MM-DD; else half a year back.")
@click.option("--to", "until", type=day, help="Last day; else today.")
@click.option("--source", default="", help="Only leads of this source.")
@click.option("--person", metavar="ID", default="", help="Only his offers.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@company_key
def advise(company_key: str | None, **options: Any) -> None:
    """Which budget makes clients of a DRUM wait least, why, and what is not known."""
    from leaddrum.adviser import commands

    commands.advise(the_company(company_key), **options)


@command()
@click.option("--drum", required=True, metavar="ID")
@click.option("--from", "since", type=day, help="First day, YYYY-MM-DD; else half a year back.")
@click.option("--to", "until", type=day, help="Last day; else today.")
@click.option("--budget", metavar="TIME", help="As in the company file: 20m.")
@click.option("--escalate-after", type=click.IntRange(1, 1000), metavar="K", help="Misses until the head.")
@click.option("--roster", metavar="ID,ID", help="Other people.")
@click.option("--calendar", metavar="ID", help="Other service hours, by a calendar of the company file.")
@click.option("--strategy", type=click.Choice(["circle", "weighted", "least_loaded", "claim"]))
@click.option("--runs", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@company_key
def replay(company_key: str | None, **options: Any) -> None:
    """What would have happened to the leads of a period under other settings of a drum."""
    from leaddrum.adviser import commands

    company = the_company(company_key)
    names = ("budget", "escalate_after", "roster", "calendar", "strategy")
    change = commands.changes(company, **{name: options.pop(name) for name in names})
    commands.replay(company, change=change, **options)


@command(schema="skip", folder=False, name="worst-case")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--drum", metavar="ID", help="A drum of the company as it is now; with FILE: only this one of the file.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@company_key
def worst_case(file: Path | None, drum: str | None, shape: str, company_key: str | None) -> None:
    """How long a lead can go round at most before the head hears of it, and the holes in that bound."""
    from leaddrum.adviser import commands

    commands.worst_case(file, drum, shape, lambda: the_company(company_key))


@command(create=True, schema="migrate", name="sample-history")
@click.option("--months", type=click.IntRange(1, 60), default=6, show_default=True)
@click.option("--leads", type=click.IntRange(1, 2_000_000), default=20_000, show_default=True, help="In all.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, other months.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Midnight at which they end; else that of today.")
@click.option("--lang", type=click.Choice(["ru", "en"]), default="ru", show_default=True, help="Of the company.")
def sample_history(**options: Any) -> None:
    """Play months of a sample company into an empty folder: people with known curves, the real engine, a fast clock."""
    from leaddrum.history import command as play

    play(**options)


@command()
@click.argument("crm", metavar="bitrix24", type=click.Choice(["bitrix24"]), expose_value=False)
@click.argument("portal", metavar="ADDRESS")
@click.option("--client-id", prompt=True, help="Of the local application's card in the portal.")
@click.option("--client-secret", prompt=True, hide_input=True, help="Better left out: then it is asked for, unseen.")
@company_key
def application(portal: str, client_id: str, client_secret: str, company_key: str | None) -> None:
    """Expect our application in a portal: after this an administrator there opens it once."""
    from leaddrum.crm.bitrix24 import install
    from leaddrum.crm.bitrix24.address import WrongAddress

    try:
        install.command(install.company_of(portal, company_key), portal, client_id, client_secret, write=click.echo)
    except WrongAddress as error:
        raise click.ClickException(str(error)) from error


@command(create=True, schema="migrate")
@click.argument("crm", metavar="bitrix24", type=click.Choice(["bitrix24"]), expose_value=False)
@click.argument("url", metavar="ADDRESS")
@click.option("--entity", metavar="lead|deal|ID", help="What is watched; ID: a smart process.")
@click.option("--pipeline", type=click.IntRange(0), metavar="ID")
@click.option("--entry", metavar="STAGE", help="The stage in which leads wait to be taken.")
@click.option("--users", metavar="27,31", help="Who is in the drum: these users of the portal.")
@click.option("--department", type=click.IntRange(1), metavar="ID", help="Who is in the drum: this department.")
@click.option("--owners-department", is_flag=True, help="Who is in the drum: the responsible person's department.")
@click.option("--budget", metavar="30m", help="Working time one person has to take a lead.")
@click.option("--escalate-after", type=click.IntRange(1, 1000), metavar="4", help="Misses until the head is pulled in.")
@click.option("--calendar", metavar="portal|always|ID", help="When the drum turns.")
@click.option("--watch-only", is_flag=True, help="Say what would be done, write nothing into the portal.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def connect(url: str, yes: bool, **options: object) -> None:
    """Connect a Bitrix24 portal by its webhook's ADDRESS. Without options it asks."""
    from leaddrum.crm.bitrix24 import command as connecting

    connecting.connect(url, connecting.Given(**options), yes=yes)


cli.add_command(demo)
