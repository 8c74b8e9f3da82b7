"""Addresses of the feeds."""

from django.urls import URLPattern, path, re_path

from leaddrum.api.feed import bi, service

urlpatterns: list[URLPattern] = [
    path("odata/v1/", service.service, name="odata"),
    path("odata/v1", service.service),
    path("odata/v1/$metadata", service.schema, name="odata-metadata"),
    path("odata/v1/<str:name>/$count", service.counted),
    re_path(r"^odata/v1/(?P<name>\w{1,40})\((?P<key>[^()]{1,60})\)$", service.row),
    path("odata/v1/<str:name>", service.table, name="odata-table"),
    re_path(r"^odata/(?:.*)$", service.nothing_here),
    path("bi/v1/check", bi.check, name="bi-check"),
    path("bi/v1/tables", bi.tables, name="bi-tables"),
    path("bi/v1/description", bi.description, name="bi-description"),
    path("bi/v1/data", bi.data, name="bi-data"),
]
