"""An installation: to start it, to look whether it is well, to keep it safe."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from leaddrum.cli.frame import command
from leaddrum.start import migrate


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


@command()
@click.argument("name")
def operator(name: str) -> None:
    """Make an account for /admin/, or find it, and print a link that signs it in, once."""
    from leaddrum import access, clock
    from leaddrum.links import sign_in_url

    click.echo(sign_in_url(access.make_link(access.operator(name), now=clock.now())))


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
