"""The adviser's answer in the words of a sales room: what to do, why, and what is not known (S-51)."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum.adviser.numbers import minutes, number, percent
from leaddrum.adviser.report import Report
from leaddrum.company import saying
from leaddrum.core.advice import WORTH, Candidate
from leaddrum.core.doubts import FEW_TAKES, Limit

NEARLY = 0.05  # of the least expected wait


def conclusion(made: Report) -> str:
    """What an owner reads."""
    advice = made.advice
    best, present = advice.best, advice.present
    if best is None:
        return _(
            "Too little is known to advise: %(takes)s of %(offers)s offers were taken within these days, at least "
            "%(least)s takes are needed."
        ) % {"takes": advice.curve.takes, "offers": advice.curve.offers, "least": FEW_TAKES}
    if present is None:
        return _(
            "The budget of today, %(now)s, has hardly been tried in these days, so it cannot be compared. Of those "
            "that were, %(best)s has the least expected wait: %(wait)s."
        ) % {
            "now": saying.duration(made.terms.budget),
            "best": saying.duration(best.budget),
            "wait": minutes(best.wait),
        }
    if advice.verdict == "keep":
        return _(
            "%(now)s is a good budget, leave it: a client waits %(wait)s of working time on average, and no other "
            "budget would save more than %(gain)s of that."
        ) % {
            "now": saying.duration(present.budget),
            "wait": minutes(present.wait),
            "gain": percent(max(WORTH, advice.gain)),
        }
    return f"{_better(best, present, sure=advice.verdict == 'change')} {_nearly(made, best)}".strip()


def _nearly(made: Report, best: Candidate) -> str:
    """The range that is hardly worse: who dislikes so many hand-overs takes its upper end."""
    good = [one.budget for one in made.advice.candidates if one.enough and one.wait <= best.wait * (1 + NEARLY)]
    if len(good) < 2:
        return ""
    return _("Nearly as good, to within %(share)s: from %(least)s to %(most)s.") % {
        "share": percent(NEARLY),
        "least": saying.duration(min(good)),
        "most": saying.duration(max(good)),
    }


def _better(best: Candidate, present: Candidate, *, sure: bool) -> str:
    values = {
        "best": saying.duration(best.budget),
        "now": saying.duration(present.budget),
        "wait": minutes(best.wait),
        "was": minutes(present.wait),
        "gain": percent(1 - best.wait / present.wait),
        "first": percent(best.first),
        "rest": percent(max(0.0, present.first - best.first)),
    }
    if best.budget < present.budget:
        because = _(
            "because within %(best)s %(first)s of the offers are taken already, the time after that brings only "
            "another %(rest)s, and meanwhile the next person could have had the lead."
        )
    else:
        because = _("because many take later than within %(now)s: passing on so early only costs time.")
    if sure:
        said = _(
            "%(best)s instead of %(now)s: the client would wait %(wait)s instead of %(was)s on average (%(gain)s less),"
        )
    else:
        said = _(
            "%(best)s instead of %(now)s looks better, but it may be chance: the client would wait %(wait)s instead of "
            "%(was)s on average (%(gain)s less),"
        )
    return f"{said % values} {because % values} {_price(best, present)}"


def _price(best: Candidate, present: Candidate) -> str:
    return _(
        "The price: %(then)s hand-overs per lead instead of %(now)s, and the head is called %(alerts)s times in 100 "
        "leads instead of %(were)s."
    ) % {
        "then": number(best.handovers, 2),
        "now": number(present.handovers, 2),
        "alerts": number(best.alerts),
        "were": number(present.alerts),
    }


def average(made: Report) -> str:
    """Why the figure that everybody computes is not used; empty when there is nothing to compare."""
    advice = made.advice
    present = advice.present or advice.best
    if advice.average is None or present is None:
        return ""
    return _(
        "The plain average of the takes is %(average)s. It deceives: it leaves out every offer that nobody took. "
        "With hand-overs a client waits %(wait)s."
    ) % {"average": minutes(advice.average), "wait": minutes(present.wait)}


def limits(made: Report) -> list[str]:
    """What the data cannot say; at the end what is always assumed."""
    said = [text for limit in made.advice.limits if (text := _limit(limit))]
    if made.cut:
        said.append(_("Only the newest offers of these days were looked at."))
    said.append(
        _(
            "Assumed: everybody reacts as before, whatever was done with the lead before him, and nobody's hands are "
            "full. The wait is working time from the first offer; nights and queues come on top of it: "
            "replay shows them."
        )
    )
    return said


def _limit(limit: Limit) -> str:
    value = limit.values
    match limit.code:
        case "beyond":
            return _(
                "Beyond %(longest)s nothing is known: no longer budget was tried, and %(missed)s of the offers were "
                "still waiting then."
            ) % {"longest": saying.duration(int(value["longest"])), "missed": percent(value["missed"])}
        case "few":
            return _("Few offers: %(offers)s, of them %(takes)s taken. The bands are wide.") % {
                "offers": int(value["offers"]),
                "takes": int(value["takes"]),
            }
        case "short":
            return ngettext(
                "%(people)s of %(of)s people had fewer than %(least)s offers and is taken for an average one.",
                "%(people)s of %(of)s people had fewer than %(least)s offers and are taken for average ones.",
                int(value["people"]),
            ) % {"people": int(value["people"]), "of": int(value["of"]), "least": int(value["least"])}
        case "one_budget":
            return _(
                "Only one budget was ever tried, %(budget)s. Whether people hurry up when it gets shorter shows only "
                "when it is tried: an experiment."
            ) % {"budget": saying.duration(int(value["budget"]))}
        case "hurry":
            return _(
                "Shortly before the deadline offers are taken %(times)s times as quickly: people hurry. With a shorter "
                "budget they would probably hurry earlier, so shorter budgets are better than reckoned here."
            ) % {"times": number(value["times"])}
        case _:
            return _(
                "Leads that were missed once are taken less often by the next one: within %(at)s %(later)s instead of "
                "%(first)s. Some leads are simply harder, so more hand-overs help less than reckoned here."
            ) % {"at": minutes(value["at"]), "later": percent(value["later"]), "first": percent(value["first"])}
