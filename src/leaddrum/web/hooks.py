"""What messengers post to us. Each proves who it is before anything of it is read."""

from __future__ import annotations

import hmac

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leaddrum import clock
from leaddrum.channels import telegram_presses, telegram_updates
from leaddrum.channels.botapi import bot


@csrf_exempt  # the secret in the header is the proof
@require_POST
def telegram(request: HttpRequest) -> HttpResponse:
    """One update, when LEADDRUM_TELEGRAM_UPDATES is `webhook`. An answer other than 200 makes Telegram repeat it."""
    client = bot() if settings.TELEGRAM_UPDATES == "webhook" else None
    if client is None:
        return HttpResponse(status=404)
    given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    if not hmac.compare_digest(given.encode(), telegram_updates.secret().encode()):
        return HttpResponse(status=403)
    try:
        update = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return HttpResponse(status=400)
    if not isinstance(update, dict):
        return HttpResponse(status=400)
    with client:
        telegram_presses.handle(update, client, clock.now())
    return HttpResponse()
