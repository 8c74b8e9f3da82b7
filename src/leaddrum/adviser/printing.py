"""What `leaddrum advise` prints."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop
from rich import box
from rich.console import Console
from rich.table import Table

from leaddrum.adviser import numbers, replay_words, words
from leaddrum.adviser.reading import Asked
from leaddrum.adviser.replaying import Line
from leaddrum.adviser.report import Group, Report, plain
from leaddrum.adviser.scene import Change, Stage
from leaddrum.adviser.trials import told
from leaddrum.company import saying
from leaddrum.core.advice import SAME
from leaddrum.core.replayed import Spread
from leaddrum.core.survival import LEVEL


def advice(made: Report, shape: str, write: Callable[[str], None]) -> None:
    """The conclusion first, then the figures behind it, then what is not known."""
    said = {"conclusion": words.conclusion(made), "average": words.average(made), "unknown": words.limits(made)}
    if shape == "json":
        write(json.dumps(plain(made, said), ensure_ascii=False, indent=2))
        return
    wanted = made.wanted
    write(
        _("Drum “%(drum)s”, %(since)s to %(until)s: %(offers)s offers, %(takes)s taken.")
        % {
            "drum": wanted.drum.name,
            "since": wanted.since.strftime("%d.%m.%Y"),
            "until": wanted.until.strftime("%d.%m.%Y"),
            "offers": made.advice.curve.offers,
            "takes": made.advice.curve.takes,
        }
    )
    write(f"\n{words.conclusion(made)}\n")
    if made.trial is not None:
        write(told(made.trial) + "\n")
    out = Console(highlight=False)
    if made.advice.candidates:
        out.print(candidates(made))
        write(_(LEGEND) % {"nearly": numbers.percent(SAME)} + "\n")
    for heading, groups in ((_("Source"), made.by_source), (_("Person"), made.by_person)):
        if len(groups) > 1:
            out.print(_groups(heading, groups))
            write("")
    if words.average(made):
        write(words.average(made) + "\n")
    write(_("Not known:"))
    for line in words.limits(made):
        write(f"  – {line}")


def replay(
    wanted: Asked,
    made: Stage,
    change: Change,
    lines: Sequence[Line],
    runs: int,
    seed: int,
    shape: str,
    write: Callable[[str], None],
) -> None:
    """Side by side: what really happened, the same settings again, the other ones."""
    said = replay_words.conclusion(lines, change)
    unknown = replay_words.unknown(made, change)
    if shape == "json":
        answer = {
            "drum": wanted.drum.key,
            "from": wanted.since.isoformat(),
            "to": wanted.until.isoformat(),
            "runs": runs,
            "seed": seed,
            "figures": {line.name: _figure(line) for line in lines},
            "conclusion": said,
            "unknown": unknown,
        }
        write(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    write(said + "\n")
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="bold")
    table.add_column("")
    headings = [_("Really"), _("Replayed as it is")]
    if made.other is not None:
        headings += [_("Replayed otherwise"), _("Difference")]
    for heading in headings:
        table.add_column(heading, justify="right")
    for line in lines:
        cells = [replay_words.value(line.name, line.really), replay_words.between(line.name, line.same)]
        if made.other is not None:
            cells += [replay_words.between(line.name, line.other), replay_words.between(line.name, line.difference)]
        table.add_row(replay_words.label(line.name), *cells)
    Console(highlight=False, width=140).print(table)
    write(
        _("In brackets: where 95 of 100 runs lie. Runs: %(runs)s, seed %(seed)s.") % {"runs": runs, "seed": seed} + "\n"
    )
    write(_("Not known:"))
    for text in unknown:
        write(f"  – {text}")


def _figure(line: Line) -> dict[str, object]:
    found = {"really": line.really, "same": line.same, "other": line.other, "difference": line.difference}
    return {
        name: one._asdict() if isinstance(one, Spread) else one for name, one in found.items() if one is not None
    } | {"reproduced": line.reproduced}


def candidates(made: Report) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="bold")
    headings = (
        _("Budget"),
        _("Taken\nfirst"),
        _("Wait,\nmin"),
        numbers.percent(LEVEL),
        _("9 of\n10"),
        _("Passed\non"),
        _("Head,\nof 100"),
        _("At\nonce"),
    )
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    advice = made.advice
    for one in advice.candidates:
        mark = "★ " if one is advice.best else "→ " if one is advice.present else "" if one.enough else "× "
        table.add_row(
            mark + saying.duration(one.budget),
            numbers.percent(one.first),
            numbers.short(one.wait / 60),
            f"{numbers.short(one.wait_band.low / 60)}–{numbers.short(one.wait_band.high / 60)}",
            numbers.short((one.p90 or math.inf) / 60),
            numbers.short(one.handovers, 2),
            numbers.short(one.alerts),
            numbers.short(one.at_once, 2),
            style="bold" if one is advice.best else "" if one.enough else "dim",
        )
    return table


LEGEND = _noop(
    "★ the least expected wait (of those within %(nearly)s the longest: fewer hand-overs), → today, × too few takes "
    "to advise it. Taken first: by whoever is offered it first. "
    "Wait: working minutes until the take, on average and for 9 of 10 clients. Passed on: hand-overs per lead. Head: "
    "his calls in 100 leads. At once: offers that a person holds at a time."
)


def _groups(heading: str, groups: Sequence[Group]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="bold")
    table.add_column(heading)
    for name in (_("Offers"), _("Taken in time"), numbers.percent(LEVEL), _("Half within")):
        table.add_column(name, justify="right")
    for one in groups:
        table.add_row(
            one.name,
            str(one.offers),
            numbers.percent(one.taken),
            f"{numbers.percent(one.band.low)} – {numbers.percent(one.band.high)}",
            numbers.minutes(one.median),
        )
    return table
