"""What every command shares: `--data DIR`, the company, and how a command is made."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from leaddrum import __version__
from leaddrum.start import check_schema, migrate, prepare

if TYPE_CHECKING:
    from leaddrum.models import Company


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="leaddrum")
def cli() -> None:
    """LeadDrum makes sure that no incoming lead is forgotten."""


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
