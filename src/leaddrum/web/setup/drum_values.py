"""A drum's settings as the texts of its form, and back into the company file."""

from __future__ import annotations

from typing import Any

from leaddrum.company.shape import Drum
from leaddrum.company.toml import Tree
from leaddrum.core.policy import Policy
from leaddrum.web.setup import values as v
from leaddrum.web.setup.drum_fields import FLAGS, NUMBERS, TIMES
from leaddrum.web.setup.values import Values, one, some

CHOICES = ("strategy", "escalation", "first_turn", "calendar", "take_stage", "on_signal")
LISTS = ("entry", "take_signals")
WEIGHT = "weight-"  # and a person's id


def of(drum: Drum) -> Values:
    """What its form shows."""
    policy = drum.policy
    found: Values = {"name": [drum.name], **{name: list(getattr(policy, name)) for name in LISTS}}
    for name in TIMES:
        seconds = getattr(policy, name)
        found[name] = [] if seconds is None else [v.shown(seconds)]
    found |= {name: [str(getattr(policy, name))] for name in NUMBERS}
    found |= {name: [str(getattr(policy, name))] for name in CHOICES}
    found |= {name: ["1"] if getattr(policy, name) else [] for name in FLAGS}
    found["warn_at"] = [", ".join(f"{share * 100:g}" for share in policy.warn_at)]
    found["trial"] = [", ".join(v.shown(seconds) for seconds in policy.trial)]
    found["source"] = list(policy.budget_by_source)
    found["source_budget"] = [v.shown(seconds) for seconds in policy.budget_by_source.values()]
    return found | _roster(policy)


def _roster(policy: Policy) -> Values:
    roster = policy.roster
    kind = "people" if roster.people else "department" if roster.department else "owner"
    found: Values = {
        "roster": [kind],
        "person": list(roster.people),
        "department": [roster.department] if roster.department else [],
        "subdepartments": ["1"] if roster.subdepartments else [],
    }
    return found | {f"{WEIGHT}{key}": [f"{weight:g}"] for key, weight in roster.weights.items()}


def write(table: Tree, values: Values, before: Values) -> None:
    """Put into the drum's table what the form says otherwise than before."""
    values = _with_weights(values, before)
    said = {name for name in {*values, *before} if _texts(values, name) != _texts(before, name)}
    if "name" in said:
        table["name"] = one(values, "name")
    for name in said.intersection(LISTS):
        table[name] = some(values, name)
    for name in TIMES & said:
        v.put(table, name, v.duration(one(values, name)) if one(values, name) else "")
    for name in NUMBERS & said:
        table[name] = v.number(one(values, name))
    for name in said.intersection(CHOICES):
        v.put(table, name, one(values, name))
    for name in FLAGS & said:
        table[name] = bool(one(values, name))
    if "warn_at" in said:
        table["warn_at"] = [v.share(part) for part in one(values, "warn_at").split(",") if part.strip()]
    if "trial" in said:
        v.put(table, "trial", [v.duration(part) for part in one(values, "trial").split(",") if part.strip()])
    if said & {"source", "source_budget"}:
        v.put(table, "budget_by_source", _by_source(values))
    if said & {"roster", "person", "department", "subdepartments"} or any(name.startswith(WEIGHT) for name in said):
        table["roster"] = _who(values)


def _texts(values: Values, name: str) -> list[str]:
    return some(values, name)


def _with_weights(values: Values, before: Values) -> Values:
    """Weights have fields beside a list of people alone. Those of a department's people stand in the file, and what is
    not on the page nobody has changed."""
    if one(values, "roster") == "people":
        return values
    return {name: texts for name, texts in before.items() if name.startswith(WEIGHT)} | values


def _by_source(values: Values) -> dict[str, Any]:
    pairs = zip(values.get("source", ()), values.get("source_budget", ()), strict=False)
    return {source.strip(): v.duration(time) for source, time in pairs if source.strip() and time.strip()}


def _who(values: Values) -> dict[str, Any]:
    kind = one(values, "roster")
    if kind == "people":
        people = list(dict.fromkeys(some(values, "person")))
        roster: dict[str, Any] = {"people": people}
    elif kind == "department":
        people = []
        roster = {"department": one(values, "department")}
        if one(values, "subdepartments"):
            roster["subdepartments"] = True
    else:
        people = []
        roster = {"owners_department": True}
    weights = {
        name.removeprefix(WEIGHT): v.decimal(one(values, name))
        for name in values
        if name.startswith(WEIGHT) and one(values, name) not in {"", "1"}
    }
    weights = {key: weight for key, weight in weights.items() if not people or key in people}
    return roster | ({"weights": weights} if weights else {})
