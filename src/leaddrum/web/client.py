"""What goes to a client and what came from him: an answer by the way he came, a file he sent."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leaddrum import engine, wake, words
from leaddrum.models import Attachment
from leaddrum.web.journal import number_of
from leaddrum.web.viewer import Signed, signed_in

DOWNLOADS = frozenset({"image/png", "image/jpeg", "image/gif", "application/pdf", "text/plain"})


@require_POST
@signed_in
def reply(request: Signed, pk: int) -> HttpResponse:
    """He writes to the client by the way the client came."""
    viewer = request.viewer
    lead = get_object_or_404(viewer.leads(), pk=pk)
    text = request.POST.get("text", "")
    number = _number(lead.pk, viewer.person.pk, number_of(request.POST.get("after")), text)
    try:
        engine.answer(lead.pk, text, by=viewer.person.pk, now=viewer.now, number=number)
    except engine.Refused as error:
        messages.error(request, words.refusal(error))
    else:
        wake.call()
        messages.success(request, _("It is on its way to the client."))
    return redirect("lead", lead.pk)


def _number(lead: int, person: int, after: int | None, text: str) -> str | None:
    """By which the same press, come twice, is known: the same words by the same person after the same answer. None:
    the page did not say after which."""
    if after is None:
        return None
    return f"page:{lead}:{person}:{after}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


@require_safe
@signed_in
def attachment(request: Signed, pk: int) -> HttpResponse:
    """A file that came with a request of a lead he sees: always a download, never a page of ours."""
    seen = request.viewer.leads().values("pk")
    file = get_object_or_404(Attachment.objects.select_related("request"), pk=pk, request__lead__in=seen)
    kind = file.kind if file.kind in DOWNLOADS else "application/octet-stream"
    answer = HttpResponse(bytes(file.content), content_type=kind)
    answer["Content-Disposition"] = _disposition(file.name)
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _disposition(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"
