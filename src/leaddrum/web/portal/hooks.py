"""Where a portal posts events and presses of the bot's buttons, and where its robot calls. Answered in milliseconds;
judged by `crm.bitrix24.events` and `presses`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leaddrum import clock
from leaddrum.crm.bitrix24 import events as portal_events
from leaddrum.crm.bitrix24 import presses

LONGEST = 64 * 1024  # bytes; an event has two thousand, a robot with its properties not many more


@csrf_exempt  # the application's token is the proof
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    return _answered(request, portal_events.take_in)


@csrf_exempt
@require_POST
def robot(request: HttpRequest) -> HttpResponse:
    return _answered(request, portal_events.robot)


@csrf_exempt  # the secret in the address is
@require_POST
def bot(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    return _answered(request, partial(presses.take_in, number=number, secret=secret))


def _answered(request: HttpRequest, take_in: Callable[..., int]) -> HttpResponse:
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > LONGEST:
        return HttpResponse(status=413)
    try:
        fields = _fields(request)
    except (RequestDataTooBig, TooManyFieldsSent, SuspiciousOperation):
        return HttpResponse(status=400)
    now: datetime = clock.now()
    return HttpResponse(status=take_in(fields, now=now))


def _fields(request: HttpRequest) -> Mapping[str, str]:
    return {name: str(values[-1]) for name, values in request.POST.lists() if values}
