"""Addresses of the first steps."""

from django.urls import URLPattern, path

from leaddrum.web.first import founding, steps

urlpatterns: list[URLPattern] = [
    path("first", founding.first, name="first"),
    path("first/<int:number>", steps.step, name="first-step"),
    path("first/<int:number>/on", steps.onward, name="first-on"),
]
