"""Addresses of the adviser."""

from django.urls import URLPattern, path

from leaddrum.web import adviser, replay

urlpatterns: list[URLPattern] = [
    path("advice", adviser.page, name="adviser"),
    path("advice/<str:name>-<str:theme>.svg", adviser.chart, name="adviser-chart"),
    path("advice/replay", replay.page, name="replay"),
    path("advice/replay/step", replay.step, name="replay-step"),
]
