"""Every address, by area."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("leaddrum.api.urls")),
    path("", include("leaddrum.web.urls")),
]
