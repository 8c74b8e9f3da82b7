"""What the fields of a lead are called that come by themselves, with a form, a call or a letter: `utm_campaign` says
nothing to whoever reads it. Rules are written by the name a field has, so that stands behind."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

FIELDS: dict[str, Promise] = {
    "utm_source": lazy("Ad platform"),
    "utm_medium": lazy("Kind of advertising"),
    "utm_campaign": lazy("Campaign"),
    "utm_content": lazy("Advertisement"),
    "utm_term": lazy("Searched for"),
    "yclid": lazy("Click in Yandex Direct"),
    "gclid": lazy("Click in Google Ads"),
    "fbclid": lazy("Click in Facebook"),
    "referrer": lazy("Page he came from"),
    "line": lazy("Number that was called"),
    "mailbox": lazy("Mailbox"),
    "left_out": lazy("Left out of the letter"),
    "username": lazy("Name in the messenger"),
}


def field(name: str) -> str:
    """ "Campaign (utm_campaign)"; a portal's `utmCampaign` is the same one. What a company named itself stays so."""
    label = FIELDS.get(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return f"{label} ({name})" if label is not None else name
