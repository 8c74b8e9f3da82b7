"""Drums and routes of a company file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from leaddrum.company import values
from leaddrum.company.keys import Keys
from leaddrum.company.portal import department_key, numbers, person_key
from leaddrum.company.shape import Drum, Route
from leaddrum.company.table import Table, kind
from leaddrum.core.policy import Escalation, Policy, Roster, Strategy
from leaddrum.engine.geography import DERIVED

MOST_WORKING = 366 * 24 * 3600  # seconds: more than a year is a slip of the pen
MOST_CLOCK = 24 * 3600
SIGNALS = ("call", "mail", "chat")
ON_SIGNAL = ("take", "ask")
LEAD_FIELDS = ("source", "title", "name", "phone", "email", "text", *DERIVED)

_DEFAULT = Policy(drum="", version=0, roster=Roster(), entry=())


def read_drums(root: Table) -> tuple[Drum, ...]:
    keys = Keys()
    found = []
    for table in root.tables("drums"):
        key = keys.read(table)
        name = table.text("name", values.line, required=True) or key
        found.append(Drum(key, name, _policy(table, key, portal="bitrix24" in root)))
        table.done()
    return tuple(found)


def _policy(table: Table, key: str, *, portal: bool) -> Policy:
    rotate = table.flag("rotate", _DEFAULT.rotate)
    cooldown = _seconds(table, "cooldown", -1, least=0)
    return Policy(
        drum=key,
        version=0,
        roster=_roster(table, rotate=rotate, portal=portal),
        entry=_entry(table, portal),
        calendar=table.text("calendar", str) or "",
        budget=_seconds(table, "budget", _DEFAULT.budget, required=True),
        budget_by_source=_budgets(table),
        trial=_trial(table),
        strategy=Strategy(table.one_of("strategy", tuple(Strategy), _DEFAULT.strategy)),
        first_turn=table.one_of("first_turn", ("owner", "drum"), _DEFAULT.first_turn),
        rotate=rotate,
        warn_at=_shares(table),
        escalate_after=table.number("escalate_after", _DEFAULT.escalate_after, 1, 1000),
        escalation=Escalation(table.one_of("escalation", tuple(Escalation), _DEFAULT.escalation)),
        verdict_delay=_seconds(table, "verdict_delay", _DEFAULT.verdict_delay, least=0, most=MOST_CLOCK),
        open_offers_cap=table.number("open_offers_cap", _DEFAULT.open_offers_cap, 1, 10_000),
        min_rest=_seconds(table, "min_rest", _DEFAULT.min_rest, least=0),
        make_up=table.number("make_up", _DEFAULT.make_up, 0, 1000),
        cooldown=None if cooldown < 0 else cooldown,
        sticky_budget=_seconds(table, "sticky_budget", _DEFAULT.sticky_budget),
        hold_alert=_seconds(table, "hold_alert", _DEFAULT.hold_alert),
        relapse=_seconds(table, "relapse", _DEFAULT.relapse, least=0),
        robots_take=table.flag("robots_take", _DEFAULT.robots_take),
        pause_after=table.number("pause_after", _DEFAULT.pause_after, 0, 1000),
        promise=table.flag("promise", _DEFAULT.promise),
        take_signals=_signals(table),
        call_seconds=_seconds(table, "call_seconds", _DEFAULT.call_seconds, most=MOST_CLOCK),
        on_signal=table.one_of("on_signal", ON_SIGNAL, _DEFAULT.on_signal),
        take_stage=table.text("take_stage", str) or "",
    )


def _signals(table: Table) -> tuple[str, ...]:
    said = table.texts("take_signals", str) or ()
    for position, signal in enumerate(said):
        if signal not in SIGNALS:
            table.wrong("take_signals", _("must be one of: %(known)s") % {"known": ", ".join(SIGNALS)}, position)
    return tuple(dict.fromkeys(said))


def _seconds(
    table: Table, key: str, default: int, *, least: int = 1, most: int = MOST_WORKING, required: bool = False
) -> int:
    def read(text: str) -> int:
        seconds = values.duration(text)
        if seconds < least:
            raise ValueError(_("must be longer than nothing"))
        if seconds > most:
            raise ValueError(_("is too long: at most %(hours)d hours") % {"hours": most // 3600})
        return seconds

    seconds = table.text(key, read, required=required)
    return default if seconds is None else seconds


def _entry(table: Table, portal: bool) -> tuple[str, ...]:
    """With a portal, [[bitrix24.watch]] says which of its stages the drum watches."""
    entry = table.texts("entry", str, required=not portal)
    if entry == ():
        table.wrong("entry", _("name at least one stage"))
    return entry or ()


def _budgets(table: Table) -> dict[str, int]:
    inner = table.table("budget_by_source")
    if inner is None:
        return {}
    return {source: _seconds(inner, source, 0) for source in inner.names()}


def _trial(table: Table) -> tuple[int, ...]:
    """Two budgets to be tried at once."""
    texts = table.texts("trial", str)
    if texts is None:
        return ()
    budgets = []
    for position, text in enumerate(texts):
        try:
            budgets.append(values.duration(text))
        except ValueError as error:
            table.wrong("trial", str(error), position)
            return ()
    if len(budgets) != 2 or len(set(budgets)) != 2 or not min(budgets) > 0 or max(budgets) > MOST_WORKING:
        table.wrong("trial", _("name two different budgets, such as %(example)s") % {"example": '["15m", "30m"]'})
        return ()
    return tuple(budgets)


def _shares(table: Table) -> tuple[float, ...]:
    value = table.raw("warn_at")
    if value is None:
        return _DEFAULT.warn_at
    if not isinstance(value, list):
        table.wrong("warn_at", _("must be a list in square brackets, not %(what)s") % {"what": kind(value)})
        return _DEFAULT.warn_at
    for position, share in enumerate(value):
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
            table.wrong("warn_at", _("must be a share of the budget between 0 and 1, such as 0.5"), position)
            return _DEFAULT.warn_at
    if len(value) > 10:
        table.wrong("warn_at", _("at most ten reminders"))
    return tuple(sorted({float(share) for share in value}))


def _roster(table: Table, *, rotate: bool, portal: bool) -> Roster:
    """Who is in the drum. A drum that does not rotate needs none: the lead stays with its owner (S-56)."""
    inner = table.table("roster")
    if inner is None:
        if rotate:
            table.missing("roster")
        return Roster(owners_department=True)
    people, department = inner.texts("people", str), inner.text("department", str)
    users, unit = numbers(inner, "bitrix24_users"), inner.number("bitrix24_department", 0, 1, 10**9)
    owners = inner.flag("owners_department", False)
    subdepartments = inner.flag("subdepartments", False)
    weights = _weights(inner)
    inner.done()
    for key in ("bitrix24_users", "bitrix24_department"):
        if key in inner and not portal:
            inner.wrong(key, _("needs the section [bitrix24]: without it people are those of this file"))
    ways = [
        people is not None,
        department is not None,
        owners,
        "bitrix24_users" in inner,
        "bitrix24_department" in inner,
    ]
    if sum(ways) != 1:
        inner.wrong("", _("say exactly one of: people, department, owners_department"))
    if people == ():
        inner.wrong("people", _("name at least one person"))
    department = department_key(unit) if unit else department
    people = tuple(person_key(user) for user in users) if users else people
    if subdepartments and department is None:
        inner.wrong("subdepartments", _("belongs to “department”"))
    return Roster(people or (), department or "", subdepartments, owners, weights)


def _weights(roster: Table) -> dict[str, float]:
    inner = roster.table("weights")
    if inner is None:
        return {}
    weights = {}
    for person in inner.names():
        weight = inner.raw(person)
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1000:
            inner.wrong(person, _("must be a number above 0, at most 1000"))
            continue
        weights[person] = float(weight)
    return weights


def read_routes(root: Table) -> tuple[Route, ...]:
    found = []
    for table in root.tables("routes"):
        when = table.table("when")
        if when is None:
            table.missing("when")
        drum = table.text("drum", str, required=True) or ""
        table.done()
        found.append(Route(_conditions(when) if when else {}, drum))
    return tuple(found)


def _conditions(when: Table) -> dict[str, Any]:
    """Field → values or range. `fields.region = [...]` and `"fields.region" = [...]` mean the same."""
    conditions: dict[str, Any] = {}
    for name in when.names():
        inner = when.table(name) if name == "fields" and isinstance(when.raw(name), Mapping) else None
        if inner is not None:
            conditions |= {f"fields.{field}": _condition(inner, field) for field in inner.names()}
        elif name in LEAD_FIELDS or (name.startswith("fields.") and len(name) > len("fields.")):
            conditions[name] = _condition(when, name)
        else:
            when.wrong(name, _("a lead has: %(fields)s, fields.ANY") % {"fields": ", ".join(LEAD_FIELDS)})
    if not when.path or not list(when.names()):
        when.wrong("", _("says nothing: leads that no rule fits go to the default drum anyway"))
    return conditions


def _condition(table: Table, name: str) -> Any:
    value = table.raw(name)
    if isinstance(value, Mapping):
        return _range(Table(value, (*table.path, name), table.problems))
    wanted = value if isinstance(value, list) else [value]
    if not wanted:
        table.wrong(name, _("name at least one value"))
    for position, item in enumerate(wanted):
        if not isinstance(item, str | int | float | bool):
            table.wrong(
                name, _("values are strings, numbers, true or false, not %(what)s") % {"what": kind(item)}, position
            )
    return [item for item in wanted if isinstance(item, str | int | float | bool)]


def _range(table: Table) -> dict[str, float]:
    bounds = {}
    for key in ("min", "max"):
        value = table.raw(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            table.wrong(key, _("must be a number, not %(what)s") % {"what": kind(value)})
            continue
        bounds[key] = value
    table.done()
    if "min" not in table and "max" not in table:
        table.wrong("", _("say “min”, “max” or both"))
    if bounds.get("min", float("-inf")) > bounds.get("max", float("inf")):
        table.wrong("", _("“min” is above “max”"))
    return bounds
