"""E-mail by Django's mail. A repeat is recognised by its `Message-ID`, which is made of the effect's key."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.message import BadHeaderError
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leaddrum.channels.base import Dead, Done, Message, Result, Retry
from leaddrum.models import Person

PAUSE = 30.0  # seconds before a message that was put off is tried again


class Email:
    spacing = 0.05

    def address(self, person: Person) -> str:
        return person.email

    @contextmanager
    def open(self) -> Iterator[Callable[[Message], Result]]:
        connection = get_connection(fail_silently=False)
        try:
            yield lambda message: _send(message, connection)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                connection.close()


def _send(message: Message, connection: Any) -> Result:
    """1. Refused for good: dead. 2. Put off by the receiver: again later. 3. No way to the server: everything waits."""
    out: list[bool] = []
    try:
        connection.open()  # kept from message to message
        _watch(connection, out)
        _mail(message, connection).send()
    except (BadHeaderError, UnicodeError, ValueError) as error:
        return Dead(f"{type(error).__name__}: {error}")
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()), (550, b""))
        return _by_code(code, f"{code} {_text(text)}", address=True)
    except smtplib.SMTPDataError as error:
        return _by_code(error.smtp_code, f"{error.smtp_code} {_text(error.smtp_error)}")
    except (smtplib.SMTPException, OSError) as error:
        with suppress(smtplib.SMTPException, OSError):
            connection.close()
        return Retry(f"{type(error).__name__}: {error}", PAUSE, everything=True, doubtful=bool(out))
    return Done()


def _watch(connection: Any, out: list[bool]) -> None:
    """Note in `out` that the end of the message's text has gone out: from then on the server may have taken it."""
    smtp = getattr(connection, "connection", None)
    if not isinstance(smtp, smtplib.SMTP):
        return  # a backend that writes files

    def send(text: bytes | str) -> None:
        if isinstance(text, bytes) and text.endswith(b"\r\n.\r\n"):
            out.append(True)
        type(smtp).send(smtp, text)

    vars(smtp)["send"] = send


def _by_code(code: int, error: str, *, address: bool = False) -> Result:
    """RFC 5321 4.2.1: 4xx is put off, 5xx is refused for good; as the recipient's, for every other message too."""
    return Dead(error, address) if code >= 500 else Retry(error, PAUSE)


def _text(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _mail(message: Message, connection: Any) -> EmailMultiAlternatives:
    values = {"notice": message.notice, "url": message.url, "why": _why(message), "language": get_language()}
    mail = EmailMultiAlternatives(
        subject=message.notice.subject,
        body=render_to_string("leaddrum/mail/notice.txt", values),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.to],
        connection=connection,
        headers={
            "Message-ID": f"<{message.key.replace(':', '.')}@leaddrum>",
            "X-LeadDrum-Key": message.key,
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string("leaddrum/mail/notice.html", values), "text/html")
    return mail


def _why(message: Message) -> str:
    if message.notice.takes:
        return _("LeadDrum sent this because the lead is in your drum. The button works until the turn is over.")
    return _("LeadDrum sent this because you take part in a drum.")
