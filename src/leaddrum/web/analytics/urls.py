"""Addresses of the analytics pages."""

from django.urls import URLPattern, path

from leaddrum.web.analytics import behind, files, overview, parts, people

urlpatterns: list[URLPattern] = [
    path("analytics", overview.overview, name="analytics"),
    path("analytics/people", people.people, name="analytics-people"),
    path("analytics/hours", parts.when, name="analytics-when"),
    path("analytics/funnel", parts.funnel, name="analytics-funnel"),
    path("analytics/junk", parts.junk, name="analytics-junk"),
    path("analytics/rows", behind.rows, name="analytics-rows"),
    path("analytics/rows.csv", behind.rows, name="analytics-rows-csv"),
    path("analytics/data", files.data, name="analytics-data"),
    path("analytics/data/<str:table>.<str:form>", files.download, name="analytics-download"),
]
