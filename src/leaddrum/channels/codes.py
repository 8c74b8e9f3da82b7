"""One-time codes that link an account of a messenger to a person, or a chat to a company. Kept as digests only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from leaddrum.models import Company, Department, LinkCode, Person

MINUTES = 15


def make(company: Company, *, person: Person | None = None, department: Department | None = None, now: datetime) -> str:
    """A new code, of 32 characters that a deep link may carry. Those he had before are worth nothing any more."""
    code = secrets.token_urlsafe(24)
    mine = LinkCode.objects.filter(company=company, person=person, used_at=None)
    (mine if person else mine.filter(expires_at__lte=now)).delete()
    LinkCode.objects.create(
        company=company,
        person=person,
        department=department,
        digest=_digest(code),
        created_at=now,
        expires_at=now + timedelta(minutes=MINUTES),
    )
    return code


def use(code: str, *, now: datetime, group: bool) -> LinkCode | None:
    """Use a code up. None: it is none, was used, is too old, or was made for the other kind of chat."""
    usable = LinkCode.objects.filter(digest=_digest(code), used_at=None, expires_at__gt=now)
    wanted = Q(person=None) if group else Q(person__active=True)
    with transaction.atomic():
        if not usable.filter(wanted).update(used_at=now):
            return None
    return LinkCode.objects.select_related("company", "person").get(digest=_digest(code))


def used_by(code: str) -> Person | None:
    """Whom a code has linked already: his messenger may say it twice."""
    found = LinkCode.objects.select_related("person").filter(digest=_digest(code)).exclude(used_at=None).first()
    return found.person if found else None


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
