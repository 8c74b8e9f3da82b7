"""How a reply reaches a client: by mail, by the bot he wrote to, by his messenger's gateway."""

from __future__ import annotations

import re
import smtplib
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
from django.conf import settings
from django.core.mail import EmailMessage

from leaddrum import sealed
from leaddrum.channels.botapi import Bot, Refused, Unreachable
from leaddrum.channels.outside import Forbidden, Outside, Unanswered
from leaddrum.channels.pace import place
from leaddrum.intake import ways
from leaddrum.intake.hooks.call import signature
from leaddrum.models import Reply

UPLOAD = 60.0  # seconds for a file to reach Telegram; of the 90 that a reply is ours alone (`replies.LEASE`)
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


class FailedError(Exception):
    """It did not go out. `final`: it never will. `doubtful`: the other side may have it all the same."""

    def __init__(self, why: str, *, final: bool, doubtful: bool = False) -> None:
        super().__init__(why)
        self.final, self.doubtful = final, doubtful


@dataclass(frozen=True, slots=True)
class Sender:
    """`send` raises FailedError. `repeatable`: the other side recognises a repeat by a number of ours."""

    send: Callable[[Reply], None]
    repeatable: bool = True


def _mail(reply: Reply) -> None:
    own = str(reply.way.settings.get("address", ""))
    answered = reply.follows.removeprefix("mail:")
    known = bool(answered) and not answered.startswith("sha256:")
    headers = {"Message-ID": f"<reply.{reply.pk}@leaddrum>"}
    if known:
        headers |= {"In-Reply-To": f"<{answered}>", "References": f"<{answered}>"}
    if reply.person_id is None:
        headers |= {"Auto-Submitted": "auto-replied", "X-LeadDrum-Key": f"reply:{reply.pk}"}
    subject = " ".join(reply.lead.title.split())
    letter = EmailMessage(f"Re: {subject}", reply.text, settings.DEFAULT_FROM_EMAIL, [reply.to], headers=headers)
    if own:
        letter.reply_to = [own]
    for file in reply.enclosures.all():
        letter.attach(file.name, bytes(file.content), _type(file.kind))
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()), (550, b""))[0]
        raise FailedError(f"{code}", final=code >= 500) from error
    except smtplib.SMTPResponseException as error:
        raise FailedError(f"{error.smtp_code}", final=error.smtp_code >= 500) from error
    except (smtplib.SMTPException, OSError) as error:
        raise FailedError(type(error).__name__, final=False) from error
    except ValueError as error:
        raise FailedError(str(error), final=True) from error


def _type(kind: str) -> str:
    """Of a file: as it was called, if that is a type. What would be a letter within the letter is a file all the
    same."""
    known = _TYPE.fullmatch(kind) and not kind.lower().startswith(("message/", "multipart/"))
    return kind if known else "application/octet-stream"


def _telegram(reply: Reply) -> None:
    file = reply.enclosures.first()
    try:
        token = sealed.unseal(reply.way.sealed).get("token", "")
        with Bot(token, settings.TELEGRAM_API) as bot, place(bot.limits, reply.to, patient=True):
            if file is None:
                bot.call("sendMessage", chat_id=int(reply.to), text=reply.text)
            else:
                document = ("document", (file.name, bytes(file.content), _type(file.kind)))
                bot.call("sendDocument", chat_id=int(reply.to), file=document, patience=UPLOAD)
    except Refused as error:
        raise FailedError(str(error), final=error.gone or error.code == 400) from error
    except Unreachable as error:
        raise FailedError(str(error), final=False, doubtful=error.doubtful) from error
    except sealed.UnreadableError as error:
        raise FailedError(str(error), final=False) from error


def _gateway(reply: Reply) -> None:
    """Our own words to a messenger's gateway, signed as it signs its own to us."""
    said = {"id": reply.pk, "conversation": reply.to, "text": reply.text, "lead": reply.lead_id}
    files = [
        {"name": file.name, "type": _type(file.kind), "content": b64encode(bytes(file.content)).decode()}
        for file in reply.enclosures.all()
    ]
    body = orjson.dumps(said | {"files": files} if files else said)
    headers = {
        "Content-Type": "application/json",
        "X-LeadDrum-Signature": signature(ways.secret_of(reply.way), body),
    }
    try:
        with Outside() as outside:
            answer = outside.post(str(reply.way.settings["reply_url"]), body, headers)
    except Forbidden as error:
        raise FailedError(str(error), final=True) from error
    except Unanswered as error:
        raise FailedError(str(error), final=False, doubtful=error.doubtful) from error
    if answer.status >= 300:
        final = answer.status < 500 and answer.status not in {408, 425, 429}
        raise FailedError(f"HTTP {answer.status}", final=final)


SENDERS: Mapping[str, Sender] = {
    "mailbox": Sender(_mail),
    "smtp": Sender(_mail),
    "telegram": Sender(_telegram, repeatable=False),
    "chat": Sender(_gateway),
}
