"""Addresses of the sales floor: the board, my turns, the presses."""

from django.urls import URLPattern, path

from leaddrum.web import away, board, handing, month, my, offline, press, turns

urlpatterns: list[URLPattern] = [
    path("", board.board, name="home"),
    path("board/live", board.fragment, name="board-live"),
    path("board/<int:pk>/take", turns.take_lead, name="board-take"),
    path("board/<int:pk>/move/<str:stage>", turns.move, name="board-move"),
    path("my", my.my, name="my"),
    path("my/live", my.fragment, name="my-live"),
    path("my/away", away.away, name="away"),
    path("my/away/<int:pk>/back", away.back, name="away-back"),
    path("my/month", month.month, name="month"),
    path("my/pause", turns.pause, name="pause"),
    path("my/resume", turns.resume, name="resume"),
    path("my/read", turns.read, name="notices-read"),
    path("turns/<int:cycle>-<int:turn>/take", turns.take, name="turn-take"),
    path("turns/<int:cycle>-<int:turn>/decline", turns.decline, name="turn-decline"),
    path("turns/<int:cycle>-<int:turn>/hand", handing.ask, name="turn-hand"),
    path("handovers/<int:pk>/back", handing.withdraw, name="handover-back"),
    path("handovers/<int:pk>/<str:how>", handing.answer, name="handover-answer"),
    path("offline", offline.page, name="offline"),
    path("sw.js", offline.worker, name="service-worker"),
    path("t/<str:token>", press.press, name="press"),
]
