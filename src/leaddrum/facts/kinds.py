"""Every kind of rows that a figure counts: passages and turns by what they are."""

from __future__ import annotations

from collections.abc import Mapping

from leaddrum.facts.packing import LeadIs, TurnIs
from leaddrum.facts.rows import ALL, Kind

LEADS: Mapping[str, Kind] = {
    "leads": ALL,
    "taken": Kind(LeadIs.TAKEN),
    "in_time": Kind(LeadIs.IN_TIME),
    "late": Kind(LeadIs.TAKEN, LeadIs.IN_TIME),
    "waiting": Kind(LeadIs.WAITING),
    "handed": Kind(LeadIs.HANDED),
    "head": Kind(LeadIs.HEAD),
    "held": Kind(LeadIs.HELD),
    "junk": Kind(LeadIs.JUNK),
    "false": Kind(LeadIs.FALSE),
    "back": Kind(LeadIs.BACK),
    "came": Kind(LeadIs.FIRST),
    "waited": Kind(LeadIs.TAKEN | LeadIs.FIRST),  # the client's own wait: a lead that came back has waited already
}
TURNS: Mapping[str, Kind] = {
    "turns": Kind(lacks=TurnIs.VOID),
    "turns_taken": Kind(TurnIs.TAKEN),
    "turns_missed": Kind(TurnIs.MISSED),
    "turns_annulled": Kind(TurnIs.MISSED | TurnIs.ANNULLED),
    "turns_excused": Kind(TurnIs.MISSED | TurnIs.EXCUSED),
    "turns_answerable": Kind(TurnIs.ANSWERABLE),
    "turns_returned": Kind(TurnIs.RETURNED),
    "turns_void": Kind(TurnIs.VOID),
}
