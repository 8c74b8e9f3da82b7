"""The body of a call, as long as it is not too large."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from leaddrum.api.errors import Refusal
from leaddrum.intake import rate

LARGEST = 256 * 1024  # bytes: a lead, its fields and a long letter fit in a tenth of it


def body_of(request: HttpRequest) -> bytes:
    """
    Raises:
        Refusal: 413, before anything is read.
    """
    if rate.announced_bytes(request) > LARGEST:
        raise Refusal(413, "body", _("Too large: at most %(most)s bytes.") % {"most": LARGEST})
    return request.body
