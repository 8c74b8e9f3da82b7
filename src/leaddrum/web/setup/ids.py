"""Ids for what is added on the pages: made from its name, in Latin letters, unlike any that is there."""

from __future__ import annotations

import re
from collections.abc import Collection

from leaddrum.company.translit import latin


def fresh(name: str, there: Collection[str]) -> str:
    """ "Отдел продаж" is otdel-prodazh, a second one otdel-prodazh-2."""
    plain = re.sub(r"[^a-z0-9]+", "-", latin(name.lower())).strip("-")[:56].strip("-") or "new"
    key, number = plain, 2
    while key in there:
        key, number = f"{plain}-{number}", number + 1
    return key
