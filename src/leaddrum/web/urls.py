"""Addresses of the pages."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("leaddrum.web.access_urls")),
    path("", include("leaddrum.web.floor_urls")),
    path("", include("leaddrum.web.story_urls")),
    path("", include("leaddrum.web.form_urls")),
]
