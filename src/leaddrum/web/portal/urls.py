"""Addresses that an application's card and the portal itself call."""

from django.urls import URLPattern, path

from leaddrum.web.portal import connect, frame, hooks

urlpatterns: list[URLPattern] = [
    path("setup/bitrix24", connect.connect, name="portal-connect"),
    path("bitrix24/events", hooks.events, name="portal-events"),
    path("bitrix24/bot/<str:number>/<str:secret>", hooks.bot, name="portal-bot"),
    path("bitrix24/robot", hooks.robot, name="portal-robot"),
    path("bitrix24/install", frame.install_page, name="portal-install"),
    path("bitrix24/frame", frame.opened, name="portal-frame"),
    path("bitrix24/frame/lead", frame.lead, name="portal-lead"),
    path("bitrix24/frame/take", frame.take, name="portal-take"),
    path("bitrix24/frame/board", frame.board, name="portal-board"),
    path("bitrix24/frame/journal", frame.journal, name="portal-journal"),
]
