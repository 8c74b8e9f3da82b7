"""`leaddrum check FILE` and `leaddrum apply FILE`."""

from __future__ import annotations

import getpass
from pathlib import Path

import click
from django.utils import translation
from django.utils.translation import gettext as _

from leaddrum import clock
from leaddrum.company.apply import CannotApply, Outcome, apply, company_of, known, preview
from leaddrum.company.lint import Lint, lint
from leaddrum.company.people import local
from leaddrum.company.problems import Level, Problem, Unreadable
from leaddrum.company.read import read, text_of
from leaddrum.company.shape import CompanyFile


def check(file: Path, lang: str | None) -> None:
    """Print what is wrong or doubtful in it, and the worst case of every drum. Changes nothing.

    Raises:
        click.exceptions.Exit: it cannot be applied.
    """
    read_file, _text = load(file, lang)
    with translation.override(lang or read_file.language):
        found = lint(read_file, now=clock.now())
        _print(file, found)
        if found.errors:
            raise click.exceptions.Exit(1)
        click.echo(_("%(file)s can be applied.") % {"file": file})


def apply_file(file: Path, *, ask: bool = False, lang: str | None = None, running: bool = False) -> None:
    """Apply a file from the command line, printing the differences.

    Raises:
        click.ClickException: it cannot be read or applied; what is wrong has been printed.
    """
    company_file, text = load(file, lang)
    with translation.override(lang or company_file.language):
        now = clock.now()
        try:
            found = lint(known(company_file, company_of(company_file)), now=now)
        except CannotApply as error:
            raise click.ClickException(str(error)) from error
        _print(file, found, worst_cases=False)
        if found.errors:
            raise click.exceptions.Exit(1)
        try:
            outcome = preview(company_file, now=now, running=running)
            for sentence in sentences(outcome, company_file.zone):
                click.echo(f"  {sentence}")
            if not outcome.changes and not outcome.moved:
                click.echo(_("Nothing has changed."))
                return
            if ask:
                click.confirm(_("Apply?"), abort=True)
            applied = apply(company_file, text, by=_who(), now=now, running=running)
        except CannotApply as error:
            raise click.ClickException(str(error)) from error
        if not outcome.changes:
            click.echo(_("The running turns have the budgets of the file."))
            return
        click.echo(_("Applied as version %(version)d of “%(key)s”.") % {"version": applied.version, "key": applied.key})


def sentences(outcome: Outcome, zone: str) -> list[str]:
    """What would change, and which running deadlines with it (S-15)."""
    said = [change.what for change in outcome.changes]
    for moved in outcome.moved:
        words = {"lead": moved.lead, "was": local(moved.was, zone)}
        if moved.due_at is not None and moved.contact:
            due = local(moved.due_at, zone)
            said.append(_("Lead %(lead)d: the client is to be called by %(due)s, not %(was)s") % {**words, "due": due})
        elif moved.due_at is None:
            said.append(_("Lead %(lead)d: the turn until %(was)s ends, the lead passes on") % words)
        else:
            said.append(_("Lead %(lead)d: due %(was)s → %(due)s") % {**words, "due": local(moved.due_at, zone)})
    return said


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
