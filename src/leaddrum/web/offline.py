"""Where there is no connection: the service worker, and the one page it keeps. Neither knows anything of a client."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from leaddrum import __version__

PACKAGE = Path(__file__).parents[1]
STATIC = PACKAGE / "static"
FILES = ("leaddrum/base.css", "leaddrum/parts.css", "leaddrum/offline.js", "leaddrum/favicon.svg")
"""What the page needs. A browser keeps them as they were when it first saw this release."""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page itself, the same for everybody, in both languages: no session is asked for."""
    answer = render(request, "leaddrum/offline.html")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """From the root, because a service worker rules what is below its own address. Its first lines say what it keeps;
    they differ from release to release, by which a browser sees that there is a new one."""
    kept = [reverse("offline"), *(static(name) for name in FILES)]
    head = f"const RELEASE = {_json(_release())};\nconst KEPT = {_json(kept)};\n"
    answer = HttpResponse(head + _text("leaddrum/sw.js"), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@cache
def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


@cache
def _release() -> str:
    """Changes with everything that is kept."""
    texts = [_text(name) for name in FILES]
    texts.append((PACKAGE / "templates" / "leaddrum" / "offline.html").read_text(encoding="utf-8"))
    return f"{__version__}-{hashlib.sha256(''.join(texts).encode()).hexdigest()[:12]}"


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
