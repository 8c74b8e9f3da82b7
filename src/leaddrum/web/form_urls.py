"""Addresses of the ways in that have pages: the public form, a table, by hand."""

from django.urls import URLPattern, URLResolver, path

from leaddrum.web import adding, form

urlpatterns: list[URLPattern | URLResolver] = [
    path("f/<slug:company>/<str:drum>", form.page, name="form"),
    path("f/<slug:company>/<str:drum>/thanks", form.thanks, name="form-thanks"),
    path("f/<slug:company>/<str:drum>/snippet", form.snippet, name="form-snippet"),
    path("add", adding.by_hand, name="add"),
    path("import", adding.upload, name="import"),
    path("import/<int:import_id>", adding.preview, name="import-preview"),
    path("import/<int:import_id>/refused.csv", adding.refused, name="import-refused"),
]
