"""Addresses of the set-up."""

from django.urls import URLPattern, path

from leaddrum.web.setup import drums, overview, whole

urlpatterns: list[URLPattern] = [
    path("setup", overview.overview, name="setup"),
    path("setup/drums/<str:key>", drums.drum, name="setup-drum"),
    path("setup/file", whole.file, name="setup-file"),
    path("setup/file/company.toml", whole.download, name="setup-download"),
    path("setup/versions/<int:number>", whole.back, name="setup-back"),
]
