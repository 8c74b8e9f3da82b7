"""Addresses of the set-up, and of the map of what was set up."""

from django.urls import URLPattern, path

from leaddrum.web import map  # noqa: A004  # what it is called
from leaddrum.web.setup import calendars, departments, drums, more_drums, overview, people, structure, whole

urlpatterns: list[URLPattern] = [
    path("map", map.drum_map, name="map"),
    path("map/<str:key>/<str:step>", map.leads, name="map-leads"),
    path("setup", overview.overview, name="setup"),
    path("setup/new-drum", more_drums.new, name="setup-new-drum"),
    path("setup/drums/<str:key>", drums.drum, name="setup-drum"),
    path("setup/drums/<str:key>/remove", more_drums.remove, name="setup-remove-drum"),
    path("setup/new-hours", calendars.new, name="setup-new-calendar"),
    path("setup/hours/<str:key>", calendars.calendar, name="setup-calendar"),
    path("setup/people", people.people, name="setup-people"),
    path("setup/new-person", people.new, name="setup-new-person"),
    path("setup/new-people", people.paste, name="setup-paste"),
    path("setup/people/<str:key>", people.person, name="setup-person"),
    path("setup/absences/<int:pk>/end", people.end_absence, name="setup-end-absence"),
    path("setup/departments", departments.departments, name="setup-departments"),
    path("setup/stages", structure.stages, name="setup-stages"),
    path("setup/routes", structure.routes, name="setup-routes"),
    path("setup/company", structure.company, name="setup-company"),
    path("setup/file", whole.file, name="setup-file"),
    path("setup/file/company.toml", whole.download, name="setup-download"),
    path("setup/versions/<int:number>", whole.back, name="setup-back"),
]
