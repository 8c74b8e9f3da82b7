"""Browsers subscribe to notices here. What shows them is the service worker of `web.offline`."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from leaddrum import engine, words
from leaddrum.channels.outside import looks_right
from leaddrum.engine import ways
from leaddrum.models import Reach
from leaddrum.web.viewer import Signed, signed_in

MOST = 10  # browsers of one person
# What stands in its name for itself -> what people call it; the first that fits.
BROWSERS = {
    "Edg": "Edge",
    "YaBrowser": "Яндекс Браузер",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS"}
SYSTEMS |= {"Linux": "Linux"}


@require_POST
@signed_in
def subscribe(request: Signed) -> HttpResponse:
    """This browser wants notices of whoever is signed in."""
    viewer = request.viewer
    try:
        address, keys = _subscription(request.body)
    except (ValueError, TypeError, KeyError) as error:
        return JsonResponse({"error": str(error)}, status=422)
    if Reach.objects.filter(person=viewer.person, channel="push").exclude(address=address).count() >= MOST:
        return JsonResponse({"error": "too_many"}, status=422)
    name = browser(request.headers.get("User-Agent", ""))
    try:
        engine.ways.link(viewer.person.pk, ways.Address("push", address, name, keys), now=viewer.now)
    except engine.Refused as error:
        return JsonResponse({"error": words.refusal(error)}, status=409)
    return JsonResponse({"done": True}, status=201)


def _subscription(body: bytes) -> tuple[str, dict[str, Any]]:
    """What `PushSubscription.toJSON` gives.

    Raises:
        ValueError, TypeError, KeyError: it is none.
    """
    said = orjson.loads(body)
    address, keys = str(said["endpoint"]), said["keys"]
    if wrong := looks_right(address):
        raise ValueError(wrong)
    p256dh, auth = str(keys["p256dh"]), str(keys["auth"])
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
    if len(_bytes(auth)) != 16:
        raise ValueError("auth")
    return address, {"p256dh": p256dh, "auth": auth}


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def browser(agent: str) -> str:
    """What its owner knows it by: "Chrome, Windows"."""
    name = next((name for mark, name in BROWSERS.items() if mark in agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), "")
    return ", ".join(filter(None, (name, system)))


def known(person: int) -> str:
    """Digests of his browsers' addresses, by which the page knows whether this one is among them."""
    found = Reach.objects.filter(person=person, channel="push").values_list("address", flat=True)
    return " ".join(hashlib.sha256(address.encode()).hexdigest() for address in found)
