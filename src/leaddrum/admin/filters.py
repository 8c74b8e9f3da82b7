"""Filters beside a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.filters import ChoicesFieldListFilter, RelatedFieldListFilter
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext as _

from leaddrum.admin.values import codes_of, said

MOST = 50
"""Rows of another table that a filter offers; with more there is none."""


class Coded(ChoicesFieldListFilter):
    """A column of codes, in words."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        value = self.lookup_val[-1] if self.lookup_val else None
        yield {
            "selected": value is None,
            "query_string": changelist.get_query_string(remove=[self.lookup_kwarg]),
            "display": _("All"),
        }
        known = codes_of(self.field)
        for code in known:
            yield {
                "selected": code == value,
                "query_string": changelist.get_query_string({self.lookup_kwarg: code}),
                "display": said(known, code),
            }


class Few(RelatedFieldListFilter):
    """Rows of another table, where these are few: a select of ten thousand helps nobody."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:  # noqa: ARG002
        rows = list(field.related_model._base_manager.order_by("pk")[: MOST + 1])
        return [(row.pk, str(row)) for row in rows] if len(rows) <= MOST else []

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1
