"""The tables and columns called in words. Said here and not beside the models: the engine has no use for it, and no
migration comes of another word."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_noop, pgettext_lazy

from leaddrum.admin import columns, more_columns
from leaddrum.admin.tables import TABLES

COLUMNS: dict[str, Promise] = {**columns.COLUMNS, **more_columns.COLUMNS}
OF_DJANGO = "Account"  # its columns have their names, in both languages, from Django
NO_ACTIONS = gettext_noop("None available")
"""What Django's page says where one has changed nothing yet: its own Russian would say that it cannot be had."""


def name_all() -> None:
    """Give every table and every column the name that people read. Columns that are never shown have none."""
    attempts: Any = apps.get_app_config("axes")  # typed for plain texts, while lazy ones do as well
    attempts.verbose_name = pgettext_lazy("admin", "sign-in attempts")
    for model in apps.get_app_config("leaddrum").get_models():
        meta: Any = model._meta  # likewise
        if model.__name__ in TABLES:
            meta.verbose_name, meta.verbose_name_plural = TABLES[model.__name__]
        if model.__name__ == OF_DJANGO:
            continue
        field: Any
        for field in (*meta.local_concrete_fields, *meta.local_many_to_many):
            name = COLUMNS.get(f"{model.__name__}.{field.name}") or COLUMNS.get(field.name)
            if name is not None:
                field.verbose_name = name
