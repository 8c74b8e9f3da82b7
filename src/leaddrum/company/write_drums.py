"""The drums, their policies and the routing rules of a company file into the tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from leaddrum.company.shape import CompanyFile
from leaddrum.company.shape import Drum as DrumEntry
from leaddrum.core.policy import Policy
from leaddrum.models import Company, Drum, Route, Way
from leaddrum.models import Policy as PolicyRow


def drums(company: Company, file: CompanyFile, now: datetime) -> Drum | None:
    """Write them. A drum that left the file takes nothing new and finishes what it has. Returns the default drum."""
    rows = {row.key: row for row in Drum.objects.filter(company=company)}
    before = {row.key: (row.name, row.active) for row in rows.values()}
    for position, entry in enumerate(file.drums):
        row = rows.get(entry.key) or Drum(company=company, key=entry.key, version=0)
        row.name, row.position, row.active = entry.name, position, True
        rows[entry.key] = row
        _policy(row, entry, now)
    leaving = [row for key, row in rows.items() if row.active and key not in {entry.key for entry in file.drums}]
    for row in leaving:
        row.active = False
    Drum.objects.filter(pk__in=[row.pk for row in leaving]).update(active=False)
    for key, known in before.items():
        _page(rows[key], *known, now)
    return rows.get(file.default_drum)


def _policy(row: Drum, entry: DrumEntry, now: datetime) -> None:
    """A new version when the settings differ from the newest one: running turns keep theirs (S-37)."""
    newest = PolicyRow.objects.filter(drum=row, version=row.version).first() if row.pk else None
    if newest is not None and Policy.from_spec(newest.spec).same_settings(entry.policy):
        row.save()
        return
    row.version += 1
    row.save()
    policy = replace(entry.policy, version=row.version)
    PolicyRow.objects.create(drum=row, version=row.version, spec=policy.to_spec(), created_at=now)


def _page(drum: Drum, name: str, active: bool, now: datetime) -> None:
    """Its form page is called by it. With a drum that leaves the file its page is gone, and there again when it comes
    back: so long nothing can come by it, and that is no silence of its (`engine.silent_ways`)."""
    page = Way.objects.filter(kind=Way.Kind.PAGE, drum=drum)
    if drum.name != name:
        page.update(name=drum.name[:100])
    if drum.active != active:
        page.update(quiet_since=now, silent_told_at=None, look_at=None)


def routes(company: Company, file: CompanyFile) -> None:
    """Write the rules in their order."""
    drum_ids = dict(Drum.objects.filter(company=company).values_list("key", "pk"))
    Route.objects.filter(company=company).delete()
    Route.objects.bulk_create(
        Route(company=company, position=position, when=dict(route.when), drum_id=drum_ids[route.drum])
        for position, route in enumerate(file.routes)
    )
