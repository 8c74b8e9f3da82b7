"""What was kept with a secret in it before that was left out, without it: the key of a Mango Office account in what
came of its calls, and the links that people signed in by in the list of who came in."""

from __future__ import annotations

import re
from typing import Any

from django.db import migrations

KEY = re.compile(r"(vpbx_api_key=)[^&\s]*")
LINK = "/sign-in/link/"
STEP = 1_000


def calls(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - Django's signature
    requests = apps.get_model("leaddrum", "Request").objects
    for way in apps.get_model("leaddrum", "Way").objects.filter(kind="calls", preset="mango"):
        if "raw" in (way.last_payload or {}) or "vpbx_api_key" in (way.last_payload or {}):
            way.last_payload = None
            way.save(update_fields=["last_payload"])
        mine, last = requests.filter(way=way.pk, lead=None), 0
        while found := list(mine.filter(pk__gt=last).order_by("pk")[:STEP]):
            last = found[-1].pk
            for one in found:
                text = (one.payload or {}).get("raw")
                if text and KEY.search(text):
                    requests.filter(pk=one.pk).update(payload={**one.payload, "raw": KEY.sub(r"\1…", text)})


def links(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - Django's signature
    for model in ("AccessLog", "AccessAttempt"):
        rows = apps.get_model("axes", model).objects.filter(path_info__startswith=LINK)
        rows.update(path_info=f"{LINK}…")


class Migration(migrations.Migration):
    dependencies = [
        ("leaddrum", "0038_what_came_by_them"),
        ("axes", "0010_accessattemptexpiration"),
    ]

    operations = [
        migrations.RunPython(calls, migrations.RunPython.noop),
        migrations.RunPython(links, migrations.RunPython.noop),
    ]
