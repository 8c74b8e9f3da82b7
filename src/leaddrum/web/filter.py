"""What of the board somebody wants to see: a drum, a person, a source, words, only what is late. It stands in the
address, so a board looked at this way can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from leaddrum.models import Cycle, Lead, Stage
from leaddrum.web import nearest
from leaddrum.web.viewer import Viewer, one_by_one

KEYS = ("drum", "person", "source", "text", "late")
LONGEST = 64
SEARCHED = 3000
"""Words, drums and sources are looked for among what waits, however old, and among so many of the newest of every other
stage."""
FOUND = 1000
"""Leads with these words that are shown at most, the newest."""
LINE = Value("\n")
TROUBLED = 2000
"""Leads in trouble that are shown at most, those that came first."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What was asked for; empty: everything. People and drums go by their keys."""

    drum: str = ""
    person: str = ""
    source: str = ""
    text: str = ""
    late: bool = False

    @property
    def narrows(self) -> bool:
        """Whether more than a drum is chosen."""
        return bool(self.person or self.source or self.text or self.late)

    def query(self) -> dict[str, str]:
        """As an address has it."""
        values = {"drum": self.drum, "person": self.person, "source": self.source, "text": self.text}
        return {key: value for key, value in values.items() if value} | ({"late": "1"} if self.late else {})


def asked(query: Mapping[str, str]) -> Filter:
    """The filter an address asks for; nonsense asks for nothing."""
    said = {key: query.get(key, "").replace("\x00", "").strip()[:LONGEST] for key in KEYS}
    return Filter(said["drum"], said["person"], said["source"], said["text"], late=said["late"] == "1")


def narrowed(leads: QuerySet[Lead], wanted: Filter, viewer: Viewer) -> QuerySet[Lead]:
    """Those of the drum, the person and the source that were asked for."""
    drum = next((drum for drum in viewer.drums if drum.key == wanted.drum), None)
    if drum is not None:
        waits = Cycle.objects.filter(company=viewer.company, ended_at=None, drum=drum).values("lead")  # from an index
        leads = leads.filter(Q(pk__in=waits) | one_by_one(Cycle.objects.filter(lead=OuterRef("pk"), drum=drum)))
    if wanted.person:
        member = viewer.org.by_key(wanted.person)
        leads = leads.filter(owner=member.id if member else 0)
    return leads.filter(source=wanted.source) if wanted.source else leads


def picked(leads: QuerySet[Lead], wanted: Filter, viewer: Viewer, stages: Iterable[Stage]) -> QuerySet[Lead] | None:
    """Where words or what is late was asked for: these of the leads he sees, by their numbers; None otherwise."""
    if not wanted.late:
        words = wanted.text
        return Lead.objects.filter(pk__in=_with_words(leads, words, viewer, stages)) if words else None
    # Late ones are of his drums, so he sees them; by number alone, for any other condition would be tried on the whole
    # history of the company first.
    found = narrowed(Lead.objects.filter(pk__in=_late(viewer)), wanted, viewer)
    return _said(found).filter(_words(wanted.text)) if wanted.text else found


def newest(viewer: Viewer, stage: Stage) -> Q:
    """The newest of a stage in which nobody waits, all of another: what is read does not grow with the years."""
    if stage.meaning == Stage.Meaning.ENTRY:
        return Q()
    rows = Lead.objects.filter(company=viewer.company, stage=stage.pk).order_by("-arrived_at")
    bound = rows.values_list("arrived_at", flat=True)[SEARCHED : SEARCHED + 1].first()
    return Q(arrived_at__gt=bound) if bound else Q()


def _with_words(leads: QuerySet[Lead], text: str, viewer: Viewer, stages: Iterable[Stage]) -> list[int]:
    """Stage by stage, so that each goes by its index."""
    found: list[int] = []
    for stage in stages:
        said = _said(leads.filter(newest(viewer, stage), stage=stage.pk)).filter(_words(text))
        found += said.order_by("-arrived_at").values_list("pk", flat=True)[:FOUND]
    return sorted(found, reverse=True)[:FOUND]


def _said(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return leads.annotate(said=Concat("title", LINE, "name", LINE, "phone", LINE, "email", output_field=TextField()))


def _words(text: str) -> Q:
    """Found in the title, the name, or the way to reach him. SQLite knows no capital letters but English ones, so each
    way to write the words is looked for."""
    ways = {text, text.lower(), text.upper(), text.capitalize(), text.title()}
    found = [Q(said__icontains=way) for way in ways]
    digits = "".join(letter for letter in text if letter.isdigit())
    if len(digits) > 3:
        found.append(Q(phone_key__contains=digits[1:] if digits[0] in "78" else digits))
    return reduce(or_, found)


def _late(viewer: Viewer) -> list[int]:
    """Leads that were missed, have nobody in working hours, stand with the head, or are in their last fifth. As
    numbers: a condition would be tried on every lead of the years before. All of it stands in one index."""
    waiting = nearest.open_cycles(viewer).filter(Q(misses__gt=0) | Q(state="with_head") | Q(state="held"))
    troubled = waiting.exclude(hold_reason="closed").order_by("opened_at").values_list("lead", flat=True)[:TROUBLED]
    return list({*troubled, *(one.lead for one in nearest.offers(viewer) if one.late)})
