"""The first start: the company file that `serve` was given, and sign-in links for the sample company's roles."""

from __future__ import annotations

from pathlib import Path

import click

from leaddrum import access, clock
from leaddrum.links import sign_in_url
from leaddrum.models import Company, Person

MINUTES = 24 * 60  # a newcomer reads the README first


def first_start(company: Path | None, sample: Path | None) -> None:
    """Apply `company`, if given; else `sample`, if there is no company yet, and print a link for each role in it. Where
    there is neither, print the link for whoever sets the first company up.

    Raises:
        CannotStartError: the file cannot be read or is refused.
    """
    if company is not None:
        apply(company)
    elif sample is not None and not Company.objects.exists():
        apply(sample)
        for line in links():
            click.echo(line, err=True)
    elif not Company.objects.exists():
        secret = access.founding_link(now=clock.now(), minutes=MINUTES)
        click.echo(
            f"  There is no company yet. Set it up, with a link that opens once: {sign_in_url(secret)}", err=True
        )
    elif sample is not None:
        click.echo("Sign in with a link from: leaddrum login PERSON", err=True)


def links() -> list[str]:
    """A one-time link for the first person of each role."""
    lines = []
    for role, words in ((Person.Role.ADMIN, "admin"), (Person.Role.HEAD, "head"), (Person.Role.EMPLOYEE, "employee")):
        person = Person.objects.filter(role=role, active=True, technical=False).order_by("id").first()
        if person is not None:
            url = sign_in_url(access.make_link(access.account_of(person), now=clock.now(), minutes=MINUTES))
            lines.append(f"  sign in once as {person.name} ({words}): {url}")
    return lines


def apply(file: Path) -> None:
    from leaddrum.company.commands import apply_file  # settles what changed and prints the differences

    apply_file(file)
