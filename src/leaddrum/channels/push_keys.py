"""The key pair that browsers' push services know this installation by (VAPID, RFC 8292): made once, kept sealed in
the database, so that every machine of an installation signs with the same one."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from leaddrum import sealed
from leaddrum.engine import ways
from leaddrum.models import Reach, Remembered

NAME = "vapid"


def private() -> bytes:
    """The private key as PEM."""
    kept = Remembered.objects.filter(name=NAME).values_list("value", flat=True).first()
    if kept is not None:
        try:
            return sealed.unseal(kept)["pem"].encode()
        except sealed.UnreadableError:  # the installation has another key
            if Remembered.objects.filter(name=NAME, value=kept).delete()[0]:
                _forget_browsers()
    from webpush.vapid import VAPID

    made, _public, _shown = VAPID.generate_keys()
    value = sealed.seal({"pem": made.decode()})
    return sealed.unseal(Remembered.objects.get_or_create(name=NAME, defaults={"value": value})[0].value)[
        "pem"
    ].encode()


def _forget_browsers() -> None:
    """They take messages under the key they subscribed to and no other: their owners are asked to subscribe anew."""
    companies = set(Reach.objects.filter(channel="push").values_list("company", flat=True))
    Reach.objects.filter(channel="push").delete()
    for company in companies:
        ways.another_version(company)


def public() -> bytes:
    """The public key as PEM."""
    key = load_pem_private_key(private(), None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def shown() -> str:
    """The public key as a browser wants it (`applicationServerKey`)."""
    from webpush.vapid import VAPID

    return str(VAPID.get_application_server_key(load_pem_private_key(private(), None).public_key()))
