"""How a table is looked at: in the operator's zone, and quickly whatever its size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import pgettext_lazy

from leaddrum.admin import filters, finding, lists
from leaddrum.admin.lists import WIDE
from leaddrum.admin.values import codes_of, shown
from leaddrum.models import Account, Company, Person

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Model]
    _Paginator = Paginator[Any]
else:
    _ModelAdmin, _Paginator = admin.ModelAdmin, Paginator

PLAIN = frozenset({"p", "all", "_popup", "_to_field"})  # of the address: they neither narrow a list nor sort it
ASKED = frozenset({"exact", "id__exact"})  # of a column, by the filter beside the list


class Pages(_Paginator):
    """Pages of the newest rows. What is older is not even counted, for a journal has millions of rows; `more`: there
    is something older."""

    @cached_property
    def _seen(self) -> int:
        rows: Any = self.object_list
        return int(rows[: finding.NEWEST + 1].count())

    @property
    def count(self) -> int:
        return min(self._seen, finding.NEWEST)

    @property
    def more(self) -> bool:
        return self._seen > finding.NEWEST


class Newest(ChangeList):
    """A list whose filters, search and sorting look through the newest rows alone, and read no wide column."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str | None] | None = None) -> QuerySet[Any]:
        term = finding.term(self.query)
        meant = finding.by_number(self.model, term)
        if meant is not None:
            self.root_queryset = self.root_queryset.filter(pk__in=meant)
        elif set(request.GET) - PLAIN:
            self.root_queryset = finding.newest(self.root_queryset)
        wide = [field.name for field in self.model._meta.concrete_fields if isinstance(field, WIDE)]
        for name in cast("Sequence[str]", self.list_select_related):
            related: Any = self.model._meta.get_field(name).related_model
            wide += [f"{name}__{field.name}" for field in related._meta.concrete_fields if isinstance(field, WIDE)]
        self.root_queryset = self.root_queryset.defer(*wide)
        return super().get_queryset(request, exclude_parameters)


def zone_of(request: HttpRequest) -> str:
    """The operator's own zone where he is an employee as well; else that of the companies, where they have one."""
    if isinstance(request.user, Account):
        person = Person.objects.select_related("company").filter(account=request.user).first()
        if person is not None:
            return person.zone or person.company.zone
    zones = list(Company.objects.order_by("zone").values_list("zone", flat=True).distinct()[:2])
    return zones[0] if len(zones) == 1 else "UTC"


def _in_zone(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """The page of a view, drawn while the operator's zone is in force."""
    with timezone.override(zone_of(request)):
        answer = view()
        return answer.render() if isinstance(answer, TemplateResponse) else answer


class Looking(_ModelAdmin):
    """Pages of a table, in the operator's zone."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count, too
    list_per_page = 50
    paginator = Pages

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return _in_zone(request, lambda: super(Looking, self).changelist_view(request, extra_context))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        page = super().changeform_view
        return _in_zone(request, lambda: page(request, object_id, form_url, extra_context))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return _in_zone(request, lambda: super(Looking, self).history_view(request, object_id, extra_context))


class Table(Looking):
    """A table to look at, the newest row first. New rows come from the program alone."""

    tended: tuple[str, ...] = ()  # columns an operator may put in order; with none of them nothing can be changed
    ordering = ("-pk",)
    search_fields = ("pk",)  # what is really looked for: `finding`
    search_help_text = pgettext_lazy(
        "admin",
        "A number is looked for in the whole table; words, filters and sorting look through its newest 10,000 rows.",
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002 - Django's
        return Newest

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:  # noqa: ARG002 - Django's
        """As the filters beside the list ask, and no further: any other condition, written into the address of the
        page, would tell a secret letter by letter, be it a column of a row that this one belongs to."""
        name, _sep, asked = lookup.partition(LOOKUP_SEP)
        return name in lists.listed(self.model).filters and asked in ASKED

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        del request
        term = finding.term(search_term)
        if not term or finding.by_number(self.model, term) is not None:  # then the list holds these rows alone
            return queryset, False
        return finding.with_words(queryset, term), False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.tended) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.tended) and super().has_delete_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """What may be empty in the table may be left empty here."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.null:
            field.required = False
        return field


def options(model: type[Model], tended: tuple[str, ...] = ()) -> dict[str, Any]:
    """Of the `Table` that shows a model."""
    listed = lists.listed(model)
    columns = [_field(model, name) for name in listed.columns]
    parts = [shown(field, linked=True) for field in lists.open_columns(model)]
    looked_at = [part for part in parts if part.__name__ not in tended]
    return {
        "list_display": [shown(field) for field in columns],
        "list_select_related": [field.name for field in columns if isinstance(field, ForeignKey)],
        "list_filter": [_filter(_field(model, name)) for name in listed.filters],
        "readonly_fields": looked_at,
        "fields": [*looked_at, *tended],
        "tended": tended,
    }


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    return cast("Field[Any, Any]", model._meta.get_field(name))  # none is a reverse one


def _filter(field: Field[Any, Any]) -> Any:
    if isinstance(field, ForeignKey):
        return field.name, filters.Few
    return (field.name, filters.Coded) if codes_of(field) else field.name
