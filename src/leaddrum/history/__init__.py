"""`leaddrum sample-history`: months of a sales company, played through the real engine on a fast clock.

People react by curves that are known (`truth`), so that every statistic about them can be checked. What is here:
`truth` (how people react), `coming` (which leads come when), `play` (the months), `floor` (what people do).
"""

from __future__ import annotations

from datetime import datetime

import click


def command(months: int, leads: int, seed: int, lang: str, until: datetime | None) -> None:
    """Play the months into the data folder that is open, which must hold no company."""
    from leaddrum.history.play import HoldsACompanyError, play

    try:
        play(months=months, leads=leads, seed=seed, lang=lang, until=until)
    except HoldsACompanyError as error:
        raise click.ClickException(str(error)) from error
