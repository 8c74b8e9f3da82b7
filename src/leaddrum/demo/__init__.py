"""`leaddrum demo`: the first hour of a sales day, with sample people of different diligence, on a fast clock.

Everything is real but the clock and the people: the public form, the engine, the pages, in a folder of its own that is
gone afterwards. What is here: `cast` (who comes, who works), `stage` (folder, clock, server), `floor` (what people do),
`telling` (what the terminal says).
"""

from __future__ import annotations

import click


@click.command("demo")
@click.option("--speed", type=click.FloatRange(min=1), default=60.0, show_default=True, help="Times faster than life.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, another day.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the pages; 0: any free one.")
@click.option("--lang", type=click.Choice(["ru", "en"]), default="ru", show_default=True, help="Of company and story.")
@click.option("--stay", is_flag=True, help="Keep the pages open at the end, until Ctrl-C.")
def command(speed: float, seed: int, port: int, lang: str, stay: bool) -> None:
    """Play a sales day with sample people on a fast clock."""
    from leaddrum.demo.stage import opened

    with opened(lang, port) as stage:
        from leaddrum.demo.play import play  # it brings the tables, which the stage has just set up

        play(stage, speed=speed, seed=seed, stay=stay)
