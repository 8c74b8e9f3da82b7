"""Bitrix24: by the webhook's address in one command, or as an application of the portal."""

from __future__ import annotations

import click

from leaddrum.cli.frame import command, company_key


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
