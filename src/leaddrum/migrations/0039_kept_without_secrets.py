"""What was kept with a secret in it before that was left out, without it.

1. Calls of a form's or a telephony's that could not be read were kept with what proved their sender; what a person made
   a lead of has it in the lead's text, too.
2. The last call of a telephony was kept whole, for a page that telephonies do not have.
3. The list of who came in held the links that people signed in by.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import migrations

SECRET = re.compile(r'((?:vpbx_api_key|leaddrum_token)"?\s*[=:]\s*"?)[^&"\s]+')
LINK = "/sign-in/link/"


def calls(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - Django's signature
    ways, requests = apps.get_model("leaddrum", "Way").objects, apps.get_model("leaddrum", "Request").objects
    ways.filter(kind="calls").update(last_payload=None)
    theirs = ways.filter(kind__in=("calls", "form")).values_list("pk", flat=True)
    for one in requests.filter(way__in=list(theirs), payload__has_key="raw").select_related("lead").iterator():
        said = str(one.payload["raw"])
        if SECRET.search(said):
            requests.filter(pk=one.pk).update(payload={**one.payload, "raw": _without(said)})
            if one.lead is not None:
                one.lead.text = _without(one.lead.text)
                one.lead.save(update_fields=["text"])


def links(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - Django's signature
    rows = apps.get_model("axes", "AccessLog").objects.filter(path_info__startswith=LINK)
    rows.update(path_info=f"{LINK}…")


def _without(text: str) -> str:
    return SECRET.sub(r"\1…", text)


class Migration(migrations.Migration):
    dependencies = [
        ("leaddrum", "0038_what_came_by_them"),
        ("axes", "0010_accessattemptexpiration"),
    ]

    operations = [
        migrations.RunPython(calls, migrations.RunPython.noop),
        migrations.RunPython(links, migrations.RunPython.noop),
    ]
