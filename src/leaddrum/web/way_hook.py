"""The address others call: `/in/TOKEN`. No cookie is read; the format proves the sender."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from leaddrum import clock
from leaddrum.intake import rate
from leaddrum.intake.hooks import receive
from leaddrum.intake.hooks.call import LARGEST, Call
from leaddrum.intake.hooks.formats import FORMATS
from leaddrum.models import Way


@csrf_exempt  # called by servers; nothing of ours in a browser is trusted here
@require_http_methods(["POST", "GET", "HEAD"])
def hook(request: HttpRequest, token: str, rest: str = "") -> HttpResponse:  # noqa: ARG001 - what some senders add
    """One call. An unknown, a switched-off and a wrongly signed way look alike from outside but for their codes."""
    way = Way.objects.select_related("company").filter(token=token, active=True).first()
    if way is None or (way.kind, way.preset) not in FORMATS:
        return _refused(404, "path", _("There is no such address."))
    if request.method != "POST":
        return _greeting(request)
    if rate.announced_bytes(request) > LARGEST:
        return _refused(413, "body", _("Too large: at most %(most)s bytes.") % {"most": LARGEST})
    wait = rate.seconds_to_wait(settings.API_RATE, "way", token)
    if wait:
        answer = _refused(429, "body", _("Too many requests at once. Try again a bit later."))
        answer["Retry-After"] = str(wait)
        return answer
    headers = {name.lower(): value for name, value in request.headers.items()}
    call = Call(request.body, headers, request.GET.dict())
    answered = receive.take_in(way, call, now=clock.now())
    if isinstance(answered.said, str):
        return HttpResponse(answered.said, status=answered.status, content_type="text/plain; charset=utf-8")
    return JsonResponse(answered.said, status=answered.status, json_dumps_params={"ensure_ascii": False})


def _greeting(request: HttpRequest) -> HttpResponse:
    """Some senders look at an address before they use it; one of them wants its word back."""
    echo = request.GET.get("zd_echo", "")[:200]
    return HttpResponse(echo if echo.isascii() and echo.isalnum() else "ok", content_type="text/plain; charset=utf-8")


def _refused(status: int, where: str, what: str) -> HttpResponse:
    return JsonResponse({"problems": [{"where": where, "what": what}]}, status=status)
