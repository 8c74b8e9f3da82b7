"""Which deadline it should be: the adviser, the replay, the worst case, and sample months to try them on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from leaddrum.cli.frame import command, company_key, the_company

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
