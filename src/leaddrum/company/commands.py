"""`leaddrum check FILE` and `leaddrum apply FILE`."""

from __future__ import annotations

import getpass
from pathlib import Path

import click
from django.utils import translation
from django.utils.translation import gettext as _

from leaddrum import clock
from leaddrum.company.apply import CannotApply, apply, company_of, diff
from leaddrum.company.lint import Lint, lint
from leaddrum.company.problems import Level, Problem, Unreadable
from leaddrum.company.read import read, text_of
from leaddrum.company.shape import CompanyFile

language = click.option("--lang", type=click.Choice(["ru", "en"]), help="Language of what is printed; else the file's.")
file_argument = click.argument("file", type=click.Path(path_type=Path))


@click.command()
@file_argument
@language
def check(file: Path, lang: str | None) -> None:
    """Read a company FILE: print what is wrong or doubtful in it, and the worst case of every drum. Changes nothing."""
    read_file, _text = load(file, lang)
    with translation.override(lang or read_file.language):
        found = lint(read_file, now=clock.now())
        _print(file, found)
        if found.errors:
            raise click.exceptions.Exit(1)
        click.echo(_("%(file)s can be applied.") % {"file": file})


@click.command("apply")
@file_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@language
def apply_(file: Path, yes: bool, lang: str | None) -> None:
    """Show what a company FILE would change, ask, and change it."""
    apply_file(file, ask=not yes, lang=lang)


def apply_file(file: Path, *, ask: bool = False, lang: str | None = None) -> None:
    """Apply a file from the command line, printing the differences.

    Raises:
        click.ClickException: it cannot be read or applied; what is wrong has been printed.
    """
    company_file, text = load(file, lang)
    with translation.override(lang or company_file.language):
        now = clock.now()
        found = lint(company_file, now=now)
        _print(file, found, worst_cases=False)
        if found.errors:
            raise click.exceptions.Exit(1)
        try:
            company = company_of(company_file)
            changes = diff(company, company_file)
            if not changes:
                click.echo(_("Nothing has changed."))
                return
            for change in changes:
                click.echo(f"  {change}")
            if ask:
                click.confirm(_("Apply?"), abort=True)
            applied = apply(company_file, text, by=_who(), now=now)
        except CannotApply as error:
            raise click.ClickException(str(error)) from error
        click.echo(_("Applied as version %(version)d of “%(key)s”.") % {"version": applied.version, "key": applied.key})


def load(file: Path, lang: str | None) -> tuple[CompanyFile, str]:
    """The file's values and text; when it cannot be used, its mistakes are printed and the command ends with 1."""
    with translation.override(lang or "ru"):
        try:
            content = file.read_bytes()
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from error
        try:
            return read(content, language=lang or ""), text_of(content)
        except Unreadable as unreadable:
            for problem in unreadable.problems:
                click.echo(_told(file, problem), err=True)
            raise click.exceptions.Exit(1) from unreadable


def _print(file: Path, found: Lint, *, worst_cases: bool = True) -> None:
    for problem in found.problems:
        words = _("warning: %(what)s") if problem.level is Level.WARNING else "%(what)s"
        click.echo(words % {"what": _told(file, problem)}, err=True)
    if worst_cases:
        for sentence in found.worst_cases:
            click.echo(sentence)


def _told(file: Path, problem: Problem) -> str:
    return f"{file}:{problem}"


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's number without a name
        return "-"
