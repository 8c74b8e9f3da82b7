"""What has come by the form pages and the API gets their ways, as far as silence looks back (`core.silence`): so they
are watched from the first day on, and no pause is unusual only because nothing is known of the time before.

1. The newest requests are read, by their numbers: those of four weeks, and 500,000 at most. What is older is left.
2. Of a form page only requests that made a lead tell whose it was: the drum in which the lead began. Nothing else makes
   numbers like theirs without a way.
3. Each step is a transaction of its own and holds a few thousand rows of history, so nobody waits; whatever is cut off
   goes on where it was.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import migrations, transaction
from django.db.models import Min

STEP = 2_000
MOST = 500_000  # requests looked at
EACH = 10_000  # requests of one way: what silence is judged by
KNOWN = timedelta(weeks=4)
EVER = datetime(2000, 1, 1, tzinfo=UTC)  # where there is none


def link(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - Django's signature
    requests = apps.get_model("leaddrum", "Request").objects.order_by("-pk")
    columns = ("pk", "company_id", "channel", "way_id", "external_id", "lead_id", "received_at")
    found = list(requests.values_list(*columns)[:STEP])
    since = max((row[-1] for row in found), default=EVER) - KNOWN
    linked: dict[int, int] = defaultdict(int)
    looked = 0
    while found and looked < MOST and found[0][-1] >= since:
        with transaction.atomic():
            _step(apps, [row for row in found if row[3] is None and row[-1] >= since], linked)
        looked += len(found)
        found = list(requests.filter(pk__lt=found[-1][0]).values_list(*columns)[:STEP])


def _step(apps: Any, found: list[Any], linked: dict[int, int]) -> None:
    """`found`: requests without a way, the newest first."""
    drums = _drums(apps, [row for row in found if row[2] == "form" and (row[4] or "").startswith("form:")])
    by_way: dict[tuple[int, str, int | None], list[Any]] = defaultdict(list)
    for row in found:
        if row[2] == "api":
            by_way[row[1], "api", None].append(row)
        elif row[0] in drums:
            by_way[row[1], "page", drums[row[0]]].append(row)
    for (company, kind, drum), rows in by_way.items():
        way = _way(apps, company, kind, drum, rows[0][-1])
        newest = next((row for row in rows if row[5] is not None), None)
        if way.lead_at is None and newest is not None:
            way.lead_at, way.lead_id = newest[-1], newest[5]
            way.save(update_fields=["lead_at", "lead_id"])
        mine = [row[0] for row in rows[: EACH - linked[way.pk]]]
        linked[way.pk] += len(mine)
        apps.get_model("leaddrum", "Request").objects.filter(pk__in=mine, way=None).update(way=way.pk)


def _drums(apps: Any, posts: list[Any]) -> dict[int, int]:
    """The drum of the page by which each came, of those that made a lead."""
    leads = {row[5] for row in posts if row[5] is not None}
    first = apps.get_model("leaddrum", "Request").objects.filter(lead__in=leads).values_list("lead_id")
    made = dict(first.annotate(first=Min("pk")).order_by())
    began = apps.get_model("leaddrum", "Cycle").objects.filter(lead__in=leads, number=1)
    drums = dict(began.values_list("lead_id", "drum_id"))
    return {row[0]: drums[row[5]] for row in posts if made.get(row[5]) == row[0] and row[5] in drums}


def _way(apps: Any, company: int, kind: str, drum: int | None, last: Any) -> Any:
    ways = apps.get_model("leaddrum", "Way").objects
    known = ways.filter(company=company, kind=kind, drum=drum).first()
    if known is not None:
        return known
    name = "API" if drum is None else apps.get_model("leaddrum", "Drum").objects.get(pk=drum).name[:100]
    return ways.create(
        company_id=company,
        kind=kind,
        drum_id=drum,
        name=name,
        token=secrets.token_hex(16),
        created_at=last,
        seen_at=last,
        quiet_since=last,
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("leaddrum", "0037_built_in_ways"),
    ]

    operations = [
        migrations.RunPython(link, migrations.RunPython.noop),
    ]
