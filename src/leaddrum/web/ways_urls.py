"""Addresses of the ways in: the pages of those who set them up, and the one that others call."""

from django.urls import URLPattern, path

from leaddrum.web import client, every_way, routing, way_hook, ways

urlpatterns: list[URLPattern] = [
    path("in/<str:token>", way_hook.hook, name="hook"),
    path("in/<str:token>/<path:rest>", way_hook.hook, name="hook-rest"),
    path("routing", routing.tester, name="routing"),
    path("ways", every_way.every, name="ways"),
    path("ways/new/<slug:key>", ways.new, name="way-new"),
    path("ways/<int:pk>", ways.one, name="way"),
    path("ways/<int:pk>/fields", ways.mapped, name="way-fields"),
    path("ways/<int:pk>/test", ways.test, name="way-test"),
    path("ways/<int:pk>/switch", ways.switch, name="way-switch"),
    path("ways/<int:pk>/renew", ways.renew, name="way-renew"),
    path("ways/<int:pk>/requests/<int:request_pk>/lead", ways.made_lead, name="way-lead"),
    path("leads/<int:pk>/reply", client.reply, name="lead-reply"),
    path("files/<int:pk>", client.attachment, name="attachment"),
    path("files/sent/<int:pk>", client.enclosure, name="enclosure"),
]
