"""Addresses of the pages."""

from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

# Browsers ask for this name where a page names no icon: the admin, a picture or a table opened by itself.
ICON = RedirectView.as_view(url=static("leaddrum/favicon.svg"))

urlpatterns: list[URLPattern | URLResolver] = [
    path("favicon.ico", ICON),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("leaddrum.web.access_urls")),
    path("", include("leaddrum.web.floor_urls")),
    path("", include("leaddrum.web.now_urls")),
    path("", include("leaddrum.web.story_urls")),
    path("", include("leaddrum.web.analytics.urls")),
    path("", include("leaddrum.web.adviser_urls")),
    path("", include("leaddrum.web.setup.urls")),
    path("", include("leaddrum.web.first.urls")),
    path("", include("leaddrum.web.form_urls")),
    path("", include("leaddrum.web.channel_urls")),
    path("", include("leaddrum.web.portal.urls")),
    path("", include("leaddrum.web.ways_urls")),
]
