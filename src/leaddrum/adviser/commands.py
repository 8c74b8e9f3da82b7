"""`leaddrum advise`, `leaddrum replay`, `leaddrum worst-case`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

import click
from django.utils import translation
from django.utils.translation import gettext as _

from leaddrum import clock
from leaddrum.adviser import printing, reading, replay_words, replaying
from leaddrum.adviser.report import report
from leaddrum.adviser.scene import CannotReplay, Change, hours_of, stage
from leaddrum.adviser.worst import as_it_is, worst
from leaddrum.company import values
from leaddrum.company.commands import load
from leaddrum.core.policy import Strategy
from leaddrum.facts.keep import catch_up
from leaddrum.models import Company, Drum, Person


def advise(
    company: Company, drum: str, since: datetime | None, until: datetime | None, source: str, person: str, shape: str
) -> None:
    """Raises click.ClickException: no such drum or person."""
    now, (first, last) = clock.now(), days(since, until)
    catch_up(company.pk, now)
    wanted = reading.asked(
        company,
        the_drum(company, drum),
        now,
        since=first,
        until=last,
        source=source,
        person=the_person(company, person) if person else None,
    )
    printing.advice(report(company, wanted, now), shape, click.echo)


def replay(
    company: Company,
    drum: str,
    since: datetime | None,
    until: datetime | None,
    change: Change,
    runs: int,
    seed: int,
    shape: str,
) -> None:
    """Raises click.ClickException: there is nothing to replay."""
    now, (first, last) = clock.now(), days(since, until)
    catch_up(company.pk, now)
    wanted = reading.asked(company, the_drum(company, drum), now, since=first, until=last)
    try:
        made = stage(company, wanted, change, now)
    except CannotReplay as error:
        raise click.ClickException(replay_words.refusal(error)) from error
    label = _("runs")
    with click.progressbar(replaying.runs(made, 0, runs, seed), length=runs, label=label, file=sys.stderr) as bar:
        pairs = list(bar)
    printing.replay(wanted, made, change, replaying.compared(made, pairs), runs, seed, shape, click.echo)


def changes(
    company: Company,
    budget: str | None,
    escalate_after: int | None,
    roster: str | None,
    calendar: str | None,
    strategy: str | None,
) -> Change:
    """The options of the command as values. Raises click.ClickException for what does not exist."""
    try:
        seconds = values.duration(budget) if budget else None
    except ValueError as error:
        raise click.UsageError(f"--budget: {error}") from error
    hours = hours_of(company, calendar) if calendar is not None else None
    if calendar and hours is None:
        raise click.ClickException(_("There is no calendar “%(key)s”.") % {"key": calendar})
    return Change(
        budget=seconds,
        escalate_after=escalate_after,
        roster=[the_person(company, key.strip()) for key in roster.split(",")] if roster else None,
        hours=hours,
        strategy=Strategy(strategy) if strategy else None,
    )


def worst_case(file: Path | None, drum: str | None, shape: str, company: Callable[[], Company]) -> None:
    """Of a file, or of a drum as the company is now. Raises click.ClickException: neither, or no such drum."""
    if file is not None:
        settings, _text = load(file, None)
        translation.activate(settings.language)
    elif drum is not None:
        settings = as_it_is(company())
    else:
        raise click.UsageError("Name a company FILE, or a drum with --drum.")
    try:
        found = worst(settings, drum, clock.now())
    except KeyError:
        keys = ", ".join(one.key for one in settings.drums)
        raise click.ClickException(
            _("There is no drum “%(key)s”. There are: %(keys)s.") % {"key": drum, "keys": keys}
        ) from None
    if shape == "json":
        answer = [{"drum": one.drum.key, "sentence": one.sentence, "holes": one.holes} for one in found]
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for number, one in enumerate(found):
        click.echo(("\n" if number else "") + one.sentence)
        click.echo(_("Holes in it:"))
        for hole in one.holes:
            click.echo(f"  – {hole}")


def the_drum(company: Company, key: str) -> Drum:
    found = Drum.objects.filter(company=company, key=key).first()
    if found is None:
        raise _no_drum(key, Drum.objects.filter(company=company, active=True).values_list("key", flat=True))
    return found


def _no_drum(key: str, keys: Iterable[str]) -> click.ClickException:
    words = _("There is no drum “%(key)s”. There are: %(keys)s.")
    return click.ClickException(words % {"key": key, "keys": ", ".join(keys)})


def the_person(company: Company, key: str) -> Person:
    found = Person.objects.filter(company=company, key=key).first()
    if found is None:
        raise click.ClickException(_("There is no person “%(key)s”.") % {"key": key})
    return found


def days(since: datetime | None, until: datetime | None) -> tuple[date | None, date | None]:
    """
    Raises:
        click.UsageError: the last day comes before the first.
    """
    if since is not None and until is not None and until < since:
        raise click.UsageError(_("The period ends before it begins."))
    return since.date() if since else None, until.date() if until else None
