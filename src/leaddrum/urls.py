"""Every address, by area."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from leaddrum.web import access, lost

admin.autodiscover()  # here and not when Django is set up: a command that shows no page need not wait for it

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/login/", access.operators),
    path("admin/", admin.site.urls),
    path("", include("leaddrum.api.urls")),
    path("", include("leaddrum.web.urls")),
]

handler400 = lost.bad_request
handler404 = lost.not_found
handler500 = lost.broken
