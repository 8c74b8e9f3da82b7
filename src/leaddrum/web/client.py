"""What goes to a client and what came from him: an answer by the way he came, a file he sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leaddrum import engine, wake, words
from leaddrum.engine import answering
from leaddrum.intake import clean
from leaddrum.models import Attachment, Enclosure, Lead
from leaddrum.web.journal import number_of
from leaddrum.web.viewer import Signed, signed_in

DOWNLOADS = frozenset({"image/png", "image/jpeg", "image/gif", "application/pdf", "text/plain"})


@require_POST
@signed_in
def reply(request: Signed, pk: int) -> HttpResponse:
    """He writes to the client by the way the client came."""
    viewer = request.viewer
    lead = get_object_or_404(viewer.leads(), pk=pk)
    text, files = request.POST.get("text", ""), _files(request, lead)
    number = _number(lead.pk, viewer.person.pk, number_of(request.POST.get("after")), text, files)
    try:
        engine.answer(lead.pk, text, files, by=viewer.person.pk, now=viewer.now, number=number)
    except engine.Refused as error:
        messages.error(request, words.refusal(error))
    else:
        wake.call()
        messages.success(request, _("It is on its way to the client."))
    return redirect("lead", lead.pk)


def _files(request: Signed, lead: Lead) -> list[engine.File]:
    """Those he has chosen, and those of an answer that is sent once more. Too many of them are looked at no further:
    the engine refuses them."""
    again = Enclosure.objects.filter(reply__lead=lead, reply=number_of(request.POST.get("again")))
    files = [engine.File(file.name, file.kind, bytes(file.content)) for file in again]
    for one in request.FILES.getlist("files"):
        left = answering.LARGEST_FILES + 1 - sum(len(file.content) for file in files)
        name = clean.one_line(one.name or "").replace("/", "_")[:200] or "file"
        files.append(engine.File(name, clean.one_line(one.content_type or "")[:100], one.read(max(left, 0))))
    return files


def _number(lead: int, person: int, after: int | None, text: str, files: Iterable[engine.File]) -> str | None:
    """By which the same press, come twice, is known: the same words and files by the same person after the same answer.
    None: the page did not say after which."""
    if after is None:
        return None
    said = hashlib.sha256(text.encode())
    for file in files:
        said.update(b"\0" + file.name.encode() + b"\0" + file.content)
    return f"page:{lead}:{person}:{after}:{said.hexdigest()[:32]}"


@require_safe
@signed_in
def attachment(request: Signed, pk: int) -> HttpResponse:
    """A file that came with a request of a lead he sees: always a download, never a page of ours."""
    seen = request.viewer.leads().values("pk")
    file = get_object_or_404(Attachment.objects.select_related("request"), pk=pk, request__lead__in=seen)
    return _download(file)


@require_safe
@signed_in
def enclosure(request: Signed, pk: int) -> HttpResponse:
    """A file that went to the client of a lead he sees."""
    seen = request.viewer.leads().values("pk")
    return _download(get_object_or_404(Enclosure, pk=pk, reply__lead__in=seen))


def _download(file: Attachment | Enclosure) -> HttpResponse:
    kind = file.kind if file.kind in DOWNLOADS else "application/octet-stream"
    answer = HttpResponse(bytes(file.content), content_type=kind)
    answer["Content-Disposition"] = _disposition(file.name)
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _disposition(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"
