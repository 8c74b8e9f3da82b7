"""Secrets that let somebody in: one-time sign-in links and API tokens. Only their SHA-256 digests are kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from leaddrum.models import Account, ApiToken, Company, Person, SignInLink

LINK_MINUTES = 10  # of a link asked for by mail; OWASP ASVS 2.7.2


class NameTakenError(ValueError):
    """The company already has a token of that name."""


def digest(secret: str) -> str:
    """What is kept of a secret. The secrets are 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


# Sign-in links


def account_of(person: Person) -> Account:
    """His account, made when he has none; without a password until he sets one."""
    if person.account is not None:
        return person.account
    with transaction.atomic():
        account, made = Account.objects.get_or_create(
            username=f"{person.key}@{person.company.key}",
            defaults={"email": person.email, "first_name": person.name[:150]},
        )
        if made:
            account.set_unusable_password()
            account.save(update_fields=["password"])
        person.account = account
        person.save(update_fields=["account"])
    return account


def make_link(account: Account, *, now: datetime, minutes: int = LINK_MINUTES) -> str:
    """The secret of a link that signs the account in once within `minutes`. It cannot be read again later."""
    secret = secrets.token_urlsafe(32)
    SignInLink.objects.create(
        account=account, digest=digest(secret), created_at=now, expires_at=now + timedelta(minutes=minutes)
    )
    return secret


def peek_link(secret: str, *, now: datetime) -> Account | None:
    """Whose link it is, when it can still be used. Uses nothing up, so a mail program may look at it."""
    link = _usable(now).filter(digest=digest(secret)).select_related("account").first()
    return link.account if link else None


def consume_link(secret: str, *, now: datetime) -> Account | None:
    """Whose link it was; None when it is unknown, used or too old. Of two who come at once one gets in."""
    if not _usable(now).filter(digest=digest(secret)).update(used_at=now):
        return None
    return SignInLink.objects.select_related("account").get(digest=digest(secret)).account


def _usable(now: datetime) -> QuerySet[SignInLink]:
    return SignInLink.objects.filter(used_at=None, expires_at__gt=now, account__is_active=True)


# API tokens


def make_token(company: Company, name: str, role: str, *, now: datetime, days: int | None = None) -> str:
    """A new token's secret, to be shown once.

    Args:
        role: one of `ApiToken.Role`.
        days: until it expires; None: never.

    Raises:
        NameTakenError: the company has a token of that name, revoked or not: names stand in the history.
    """
    if ApiToken.objects.filter(company=company, name=name).exists():
        raise NameTakenError(name)
    secret = "ld_" + secrets.token_urlsafe(32)
    expires_at = None if days is None else now + timedelta(days=days)
    ApiToken.objects.create(
        company=company, name=name, role=role, digest=digest(secret), created_at=now, expires_at=expires_at
    )
    return secret


def find_token(secret: str, *, now: datetime) -> ApiToken | None:
    """The token, when it is known, neither revoked nor expired."""
    valid = Q(expires_at=None) | Q(expires_at__gt=now)
    return ApiToken.objects.filter(valid, digest=digest(secret), revoked_at=None).select_related("company").first()


def revoke_token(company: Company, name: str, *, now: datetime) -> bool:
    """Whether there was such a token to revoke."""
    return bool(ApiToken.objects.filter(company=company, name=name, revoked_at=None).update(revoked_at=now))


def operator(name: str) -> Account:
    """The operator's account of that name, made when there is none: all tables in Django's admin, no person."""
    account, made = Account.objects.get_or_create(username=name, defaults={"is_staff": True, "is_superuser": True})
    if made:
        account.set_unusable_password()
    account.is_staff = account.is_superuser = True
    account.save()
    return account


# The first administrator


FOUNDER = "founder"  # an account's name that no person's can be: theirs end with @company


def founding_link(*, now: datetime, minutes: int) -> str:
    """The secret of a link for whoever sets the first company up. Earlier ones that were not used end with it."""
    account, made = Account.objects.get_or_create(username=FOUNDER)
    if made:
        account.set_unusable_password()
        account.save(update_fields=["password"])
    SignInLink.objects.filter(account=account, used_at=None).update(used_at=now)
    return make_link(account, now=now, minutes=minutes)


def may_found(account: Account) -> bool:
    """Whether the account may set up the first company: there is none, and it is the founder's or an operator's."""
    return (account.username == FOUNDER or account.is_superuser) and not Company.objects.exists()


def founded() -> None:
    """There is a company: the founder's account opens nothing any more."""
    Account.objects.filter(username=FOUNDER).delete()
