"""Addresses of coming in and going out."""

from django.urls import URLPattern, path

from leaddrum.web import access, second

urlpatterns: list[URLPattern] = [
    path("sign-in", access.sign_in, name="sign-in"),
    path("sign-in/link", access.ask_link, name="ask-link"),
    path("sign-in/link/<str:token>", access.link, name="sign-in-link"),
    path("sign-in/code", second.code, name="second-code"),
    path("sign-out", access.sign_out, name="sign-out"),
    path("password", access.password, name="password"),
    path("second-factor", second.setting, name="second-factor"),
    path("theme", access.theme, name="theme"),
]
