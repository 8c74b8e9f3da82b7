"""Django's admin: every table, for operators, in their language. What the engine writes can be looked at and not
changed: all but accounts and tokens is written by the engine or by an apply of the company file, under the company's
lock, and a change past them would break the invariants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import pgettext_lazy

from leaddrum import models
from leaddrum.admin import naming
from leaddrum.admin.looking import Looking, Table, options

if TYPE_CHECKING:
    _UserAdmin = UserAdmin[models.Account]
else:
    _UserAdmin = UserAdmin

admin.site.site_header = "LeadDrum"
admin.site.site_title = "LeadDrum"
naming.name_all()
admin.site.unregister(Group)  # what an account may do, its person's role says; an operator may do everything


@admin.register(models.Account)
class AccountAdmin(Looking, _UserAdmin):
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (pgettext_lazy("admin", "Who it is"), {"fields": ("first_name", "last_name", "email")}),
        (pgettext_lazy("admin", "Rights"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (pgettext_lazy("admin", "When"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = ("username", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")


admin.site.register(models.ApiToken, Table, **options(models.ApiToken, tended=("expires_at", "revoked_at")))
for _model in apps.get_app_config("leaddrum").get_models():
    if not admin.site.is_registered(_model):
        admin.site.register(_model, Table, **options(_model))
