"""Addresses of how people are told, and of what messengers post to us."""

from django.urls import URLPattern, path

from leaddrum.web import channels, hooks, posts, pushing

urlpatterns: list[URLPattern] = [
    path("my/channels", channels.mine, name="my-channels"),
    path("my/channels/choose", channels.choose, name="my-channels-choose"),
    path("my/channels/telegram", channels.link_telegram, name="link-telegram"),
    path("my/channels/<str:channel>/test", channels.test, name="channel-test"),
    path("my/channels/<str:channel>/unlink", channels.unlink, name="channel-unlink"),
    path("settings/posts", posts.posts, name="posts"),
    path("settings/posts/chat", posts.chat, name="post-chat"),
    path("settings/posts/webhook", posts.webhook, name="post-webhook"),
    path("settings/posts/<int:pk>/test", posts.test, name="post-test"),
    path("settings/posts/<int:pk>/close", posts.close, name="post-close"),
    path("my/channels/push", pushing.subscribe, name="push-subscribe"),
    path("hooks/telegram", hooks.telegram, name="hook-telegram"),
]
