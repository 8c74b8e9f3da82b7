"""The second factor: six digits that an app on the phone shows for half a minute (TOTP, RFC 6238), or one of ten spare
codes for a lost phone.

A code counts once, also when it comes twice at the same moment. The app's secret must be used again, so it is sealed
under the installation's key; of the spare codes digests are kept.
"""

from __future__ import annotations

import secrets
from datetime import datetime

import pyotp
from django.db import transaction

from leaddrum import sealed
from leaddrum.access import digest
from leaddrum.models import Account, SecondFactor

STEP = 30  # seconds a code is shown for
NEAR = 1  # steps before and after now: phones' clocks are a little wrong, and people type slowly
SPARE = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for another


def begin(account: Account, *, now: datetime) -> SecondFactor:
    """A new secret that counts for nothing before it is confirmed.

    Raises:
        ValueError: there is a confirmed one.
    """
    kept = sealed.seal({"totp": pyotp.random_base32()})
    fresh = {"secret": kept, "made_at": now, "used_step": 0, "spare": []}
    with transaction.atomic():
        factor, made = SecondFactor.objects.select_for_update().get_or_create(account=account, defaults=fresh)
        if factor.confirmed_at is not None:
            raise ValueError("there is a second factor already")
        if not made:
            SecondFactor.objects.filter(pk=factor.pk).update(**fresh)
            factor.refresh_from_db()
    return factor


def begun(account: Account) -> SecondFactor | None:
    """The secret that waits for its first code; None too when it can no longer be read here."""
    factor = SecondFactor.objects.filter(account=account, confirmed_at=None).first()
    return factor if factor is not None and _totp(factor) is not None else None


def secret_of(factor: SecondFactor) -> str:
    """As a person types it into his app.

    Raises:
        sealed.UnreadableError: it was sealed with another installation's key.
    """
    return sealed.unseal(factor.secret)["totp"]


def uri(factor: SecondFactor, *, name: str, issuer: str) -> str:
    """As apps read it from a picture."""
    return pyotp.TOTP(secret_of(factor)).provisioning_uri(name=name, issuer_name=issuer)


def confirm(account: Account, code: str, *, now: datetime) -> list[str] | None:
    """The first code of the app: from here on it is asked for. Returns the spare codes, which cannot be read again
    later; None: the code is wrong."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(account=account, confirmed_at=None).first()
        if factor is None or not _counts(factor, code, now):
            return None
        factor.confirmed_at = now
        return _new_spare(factor)


def needed(account: Account) -> bool:
    """Whether signing in needs a code."""
    return SecondFactor.objects.filter(account=account, confirmed_at__isnull=False).exists()


def accepts(account: Account, code: str, *, now: datetime) -> bool:
    """Whether the code is right; it is used up by that."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(account=account, confirmed_at__isnull=False).first()
        if factor is None:
            return False
        if not _counts(factor, code, now):
            spent = digest(_plain(code))
            if spent not in factor.spare:
                return False
            factor.spare = [one for one in factor.spare if one != spent]
        factor.save()
        return True


def spare_again(account: Account, *, now: datetime) -> list[str]:
    """New spare codes; those of before count no more."""
    del now
    with transaction.atomic():
        return _new_spare(SecondFactor.objects.select_for_update().get(account=account, confirmed_at__isnull=False))


def off(account: Account) -> bool:
    """Signing in needs no code any more. Returns whether it did."""
    gone, _each = SecondFactor.objects.filter(account=account).delete()
    return bool(gone)


def _new_spare(factor: SecondFactor) -> list[str]:
    codes = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(SPARE)]
    factor.spare = [digest(code) for code in codes]
    factor.save()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _counts(factor: SecondFactor, code: str, now: datetime) -> bool:
    """Whether it is the app's code of now, or of the steps beside it, and newer than any that was used."""
    totp, plain = _totp(factor), _plain(code)
    if totp is None:
        return False
    current = int(now.timestamp()) // STEP
    for step in range(current - NEAR, current + NEAR + 1):
        if step > factor.used_step and secrets.compare_digest(totp.generate_otp(step).encode(), plain.encode()):
            factor.used_step = step
            return True
    return False


def _totp(factor: SecondFactor) -> pyotp.TOTP | None:
    """None: sealed with another installation's key. Spare codes still count then."""
    try:
        return pyotp.TOTP(secret_of(factor))
    except sealed.UnreadableError:
        return None


def _plain(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())[:32]
