"""“Which drum would this lead go to, and why” (S-26): for a lead that is here, for one made up, for last month's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leaddrum import words
from leaddrum.core import lint, routing
from leaddrum.engine.arriving import told
from leaddrum.engine.geography import DERIVED
from leaddrum.engine.staff import Org
from leaddrum.intake import dedupe
from leaddrum.models import Drum, Lead
from leaddrum.templatetags.humane import unbroken
from leaddrum.web.journal import number_of
from leaddrum.web.viewer import Signed, Viewer, admins_only

MONTH = timedelta(days=30)
MOST = 2000  # leads of the month that are routed again, the newest
SUGGESTED = 30  # values of a field
PAIRS = 20  # whose order counts, that are shown
ASKED = ("source", "phone", "email", "name", "title", "text")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as the page shows it."""

    number: int  # from 1
    conditions: tuple[str, ...]
    drum: str
    first: int  # leads of the month that it sent to its drum
    matched: int  # leads that it matches at all
    unreachable: tuple[int, ...]  # numbers of the rules that take everything before it gets any
    won: bool = False
    miss: str = ""  # the first condition that this lead does not meet

    @property
    def dead(self) -> bool:
        return not self.first


@require_safe
@admins_only
def tester(request: Signed) -> HttpResponse:
    """The rules, what they did last month, and one lead against them."""
    viewer = request.viewer
    org = viewer.org
    month = list(_month(viewer))
    tried, lead = _tried(request, viewer)
    drums = dict(Drum.objects.filter(company=viewer.company).values_list("pk", "name"))
    tally = _tally(org, month)
    rules = _rules(org, drums, tally, told(org, tried) if tried else None)
    to_default = tally.firsts[None]
    won = next((rule for rule in rules if rule.won), None)
    default = drums.get(org.default_drum or 0, "")
    return render(
        request,
        "leaddrum/ways/routing.html",
        {
            "rules": rules,
            "default": default,
            "to_default": to_default,
            "routed": len(month),
            "most": MOST,
            "pairs": _pairs(org),
            "lead": lead,
            "tried": bool(tried),
            "goes_to": won.drum if won else default,
            "won": won,
            "asked": [(name, words.rule_field(name), tried.get(name, "") if tried else "") for name in ASKED],
            "own": request.GET.get("own", "")[:1000],
            "suggested": _suggested(month),
            "derived": _derived(tried) if tried else [],
        },
    )


def _month(viewer: Viewer) -> list[dict[str, Any]]:
    """Last month's leads as rules see them; two columns' worth of an index, at most `MOST` rows."""
    rows = Lead.objects.filter(company=viewer.company, deleted_at=None, arrived_at__gte=viewer.now - MONTH)
    columns = ("title", "name", "phone", "email", "source", "text", "phone_key", "fields")
    return list(rows.order_by("-pk").values(*columns)[:MOST])


@dataclass(frozen=True, slots=True)
class Tally:
    firsts: Counter[int | None]  # index of a rule; None: the default drum
    matches: Counter[int]


def _tally(org: Org, month: Sequence[Mapping[str, Any]]) -> Tally:
    router = routing.Router([when for _position, when, _drum in org.routes])
    firsts: Counter[int | None] = Counter()
    matches: Counter[int] = Counter()
    for lead in month:
        routed = router.route(told(org, lead))
        firsts[routed.first] += 1
        matches.update(routed.matched)
    return Tally(firsts, matches)


def _rules(org: Org, drums: Mapping[int, str], tally: Tally, lead: Mapping[str, Any] | None) -> list[Rule]:
    dead = dict(lint.unreachable([when for _position, when, _drum in org.routes]))
    found: list[Rule] = []
    won = False
    for index, (_position, when, drum) in enumerate(org.routes):
        miss = routing.first_miss(when, lead) if lead is not None else None
        wins = lead is not None and miss is None and not won
        won = won or wins
        found.append(
            Rule(
                index + 1,
                tuple(words.condition(field, wanted) for field, wanted in when.items()),
                drums.get(drum, "?"),
                tally.firsts[index],
                tally.matches[index],
                tuple(number + 1 for number in dead.get(index, ())),
                wins,
                words.unmet(miss, when[miss], routing.value_of(lead, miss))
                if miss is not None and lead is not None
                else "",
            )
        )
    return found


def _pairs(org: Org) -> str:
    """Rules whose order counts: "1 and 2, 1 and 4"; no line ends within a pair."""
    rules = [when for _position, when, _drum in org.routes]
    dead = dict(lint.unreachable(rules))
    pairs = lint.contested(rules, [drum for _position, _when, drum in org.routes], dead)
    said = (_("%(one)d and %(other)d") % {"one": one + 1, "other": other + 1} for one, other in pairs[:PAIRS])
    return ", ".join(unbroken(pair) for pair in said)


def _tried(request: Signed, viewer: Viewer) -> tuple[dict[str, Any], Lead | None]:
    """The lead to be routed: one that is here by its number, or what was typed in."""
    number = number_of(request.GET.get("lead"))
    lead = viewer.leads().filter(pk=number).first() if number is not None else None
    if lead is not None:
        named = {name: getattr(lead, name) for name in (*ASKED, "phone_key", "fields")}
        return named, lead
    said = {name: request.GET.get(name, "")[:500].strip() for name in ASKED}
    own: dict[str, Any] = {}
    for line in request.GET.get("own", "")[:1000].splitlines():
        name, sign, value = line.partition("=")
        if sign and name.strip():
            own[name.strip()] = value.strip()
    if not any(said.values()) and not own:
        return {}, None
    region = dedupe.region_of(viewer.company.zone, viewer.company.language)
    return {**said, "phone_key": dedupe.phone_key(said["phone"], region), "fields": own}, None


def _suggested(month: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Values that leads really had, the commonest first."""
    counts: Counter[str] = Counter(str(lead["source"]) for lead in month if lead["source"])
    own: Counter[str] = Counter()
    for lead in month:
        own.update(f"{name} = {value}"[:120] for name, value in lead["fields"].items() if isinstance(value, str))
    return {
        "source": [value for value, _count in counts.most_common(SUGGESTED)],
        "own": [value for value, count in own.most_common(SUGGESTED) if count > 1],
    }


def _derived(lead: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What his phone and his words tell, whether a rule asks for it or not."""
    found = ((name, tell(lead)) for name, tell in DERIVED.items())
    said = ((name, _one_of(value[:5]) if isinstance(value, list) else value) for name, value in found)
    return [(words.rule_field(name), value) for name, value in said if value]


def _one_of(values: Sequence[str]) -> str:
    """Any of which a rule may name: one place has a name in each language."""
    if len(values) == 1:
        return values[0]
    return _(" or ").join(_("“%(value)s”") % {"value": value} for value in values)
