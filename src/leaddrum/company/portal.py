"""The `[bitrix24]` section: its shape is known, the connection itself is not part of this release."""

from __future__ import annotations

from django.utils.translation import gettext as _

from leaddrum.company import values
from leaddrum.company.table import Table


def refuse_portal(root: Table) -> None:
    """Check the section as far as it can be checked, and say that it cannot be used yet."""
    section = root.table("bitrix24")
    if section is None:
        return
    section.wrong("", _("this release has no Bitrix24 connection: use the built-in board, without this section"))
    section.text("webhook_file", values.line, required=True)
    section.text("sweep", values.duration)
    for watch in section.tables("watch"):
        watch.text("drum", str, required=True)
        entity = watch.raw("entity")
        if entity not in {"lead", "deal"} and (isinstance(entity, bool) or not isinstance(entity, int)):
            watch.wrong("entity", _("must be “lead”, “deal” or the number of a smart process"))
        watch.number("pipeline", 0, 0, 10**9)
        watch.texts("entry", values.line, required=True)
        watch.done()
    section.done()
