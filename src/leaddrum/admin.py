"""Django's admin: every table, for operators. What the engine writes can be looked at and not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest

from leaddrum import models

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Model]
    _UserAdmin = UserAdmin[models.Account]
else:
    _ModelAdmin, _UserAdmin = admin.ModelAdmin, UserAdmin

admin.site.site_header = "LeadDrum"
admin.site.site_title = "LeadDrum"

# All but accounts and tokens is written by the engine or by an apply of the company file, under the company's lock;
# a change past them would break the invariants.
JOURNAL = (
    models.Turn,
    models.Incident,
    models.Entry,
    models.Effect,
    models.CrmWrite,
    models.Cycle,
    models.CompanyVersion,
    models.Request,
    models.Delivery,
    models.Aftercare,
)
SECRET = frozenset(  # never shown
    {"digest", "content", "password", "secret", "spare", "value", "salt", "sealed", "token", "bot", "last_payload"}
    | {"client_secret", "application_token", "access", "refresh"}
)
LONG = frozenset({"JSONField", "TextField", "BinaryField", "ManyToManyField"})


def _short(field: Field[Any, Any]) -> bool:
    return field.name not in SECRET and field.get_internal_type() not in LONG


class ReadOnly(_ModelAdmin):
    """A table to look at. Pages by id, and counts nothing: a journal has millions of rows."""

    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)

    def get_list_display(self, request: HttpRequest) -> list[Any]:  # noqa: ARG002 - Django's signature
        return [field.name for field in self.model._meta.concrete_fields if _short(field)]

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> list[str]:  # noqa: ARG002
        return [field.name for field in self.model._meta.concrete_fields if field.name in SECRET]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        related = [field.name for field in self.model._meta.concrete_fields if field.is_relation]
        return super().get_queryset(request).select_related(*related)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


class Tended(ReadOnly):
    """A table an operator may put in order. New rows come from the program."""

    raw_id_fields = ("company",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _ModelAdmin.has_change_permission(self, request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(models.ApiToken)
class TokenAdmin(Tended):
    readonly_fields = ("company", "name", "role", "created_at", "last_used_at")


@admin.register(models.Account)
class AccountAdmin(_UserAdmin):
    show_full_result_count = False


@admin.register(models.Lead)
class LeadAdmin(ReadOnly):
    search_fields = ("title", "name", "phone_key", "email_key")


_SHOWN = (
    *JOURNAL,
    models.Company,
    models.Person,
    models.Department,
    models.Calendar,
    models.Absence,
    models.Pause,
    models.Stage,
    models.Route,
    models.Drum,
    models.Policy,
    models.Standing,
    models.Lane,
    models.Heartbeat,
    models.Import,
    models.ImportFile,
    models.ImportRefusal,
    models.SecondFactor,
    models.SignInLink,
    models.Reach,
    models.Outlet,
    models.LinkCode,
    models.Pacing,
    models.Posted,
    models.Remembered,
    models.Keeping,
    models.Seal,
    models.SealedText,
    models.Source,
    models.Day,
    models.DaySheet,
    models.Described,
    models.FactLead,
    models.FactTurn,
    models.FactIncident,
    models.Handover,
    models.Portal,
    models.PortalApp,
    models.Hint,
    models.Press,
    models.Shadow,
    models.Way,
    models.Knock,
    models.Attachment,
    models.Touch,
    models.Reply,
    models.Enclosure,
)
for _model in _SHOWN:
    admin.site.register(_model, ReadOnly)
