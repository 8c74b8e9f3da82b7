"""Addresses of the analytics pages."""

from django.urls import URLPattern, path

from leaddrum.web.analytics import files, views

urlpatterns: list[URLPattern] = [
    path("analytics", views.overview, name="analytics"),
    path("analytics/people", views.people, name="analytics-people"),
    path("analytics/hours", views.when, name="analytics-when"),
    path("analytics/funnel", views.funnel, name="analytics-funnel"),
    path("analytics/junk", views.junk, name="analytics-junk"),
    path("analytics/rows", views.rows, name="analytics-rows"),
    path("analytics/rows.csv", views.rows, name="analytics-rows-csv"),
    path("analytics/data", files.data, name="analytics-data"),
    path("analytics/data/<str:table>.<str:form>", files.download, name="analytics-download"),
]
