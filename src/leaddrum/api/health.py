"""`GET /health`: whether leads are being watched. For load balancers and monitors; says nothing about anybody."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError
from django.db.models import Max
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from leaddrum import clock
from leaddrum.models import Heartbeat

DEAD_AFTER = timedelta(seconds=30)  # an engine beats every 5


@require_safe
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - a view's signature
    """200 when the database answers and some engine beats; else 503 with what fails."""
    now = clock.now()
    answer: dict[str, object] = {"status": "ok", "time": now.isoformat(), "database": "ok"}
    try:
        beat = Heartbeat.objects.aggregate(newest=Max("beat_at"))["newest"]
    except DatabaseError as error:
        answer |= {"status": "failing", "database": type(error).__name__, "engine": "unknown"}
        return JsonResponse(answer, status=503)
    if beat is None:
        answer |= {"status": "failing", "engine": "no engine runs"}
        return JsonResponse(answer, status=503)
    age = now - beat
    alive = age < DEAD_AFTER  # a beat from the future means that a clock was set back: the guard deals with that
    answer |= {
        "status": "ok" if alive else "failing",
        "engine": "ok" if alive else "silent",
        "engine_age_seconds": round(age.total_seconds(), 1),
        "clock": "ok" if age > -DEAD_AFTER else "behind the engine's",
    }
    return JsonResponse(answer, status=200 if alive else 503)
