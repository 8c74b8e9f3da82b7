"""The administrator forgets a client at his request; the journal and the figures stay (S-49)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leaddrum import words
from leaddrum.engine import Refused
from leaddrum.facts import masking
from leaddrum.web.viewer import Signed, admins_only


@require_POST
@admins_only
def mask(request: Signed, pk: int) -> HttpResponse:
    viewer = request.viewer
    lead = get_object_or_404(viewer.leads(), pk=pk)
    try:
        masking.mask(lead, by=viewer.person.pk, now=viewer.now)
    except Refused as refusal:
        messages.error(request, words.refusal(refusal))
    else:
        messages.success(request, _("The client's data of lead %s is masked.") % pk)
    return redirect("lead", pk)
