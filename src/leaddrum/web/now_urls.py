"""Addresses of Now, the page of heads."""

from django.urls import URLPattern, path

from leaddrum.web import now, now_actions

urlpatterns: list[URLPattern] = [
    path("now", now.now, name="now"),
    path("now/live", now.fragment, name="now-live"),
    path("now/drums/<str:key>/call", now_actions.call, name="drum-call"),
    path("now/people/<int:pk>/pause", now_actions.pause, name="person-pause"),
    path("now/people/<int:pk>/resume", now_actions.resume, name="person-resume"),
    path("leads/<int:pk>/release", now_actions.release, name="lead-release"),
]
