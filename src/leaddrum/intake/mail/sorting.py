"""What is mail and no request: bounces, automatic answers, newsletters. By what their headers say, RFC 3834 and 2919.

When in doubt it is a request: a lead too many is closed in a second, a lead too few is lost.
"""

from __future__ import annotations

import re
from email.message import Message

_AUTO_SUBJECT = re.compile(
    r"\s*(автоответ|автоматический ответ|out of office|automatic reply|auto:|autoreply|auto-reply|нет на месте)",
    re.IGNORECASE,
)
_POSTMASTERS = ("mailer-daemon@", "postmaster@")


def set_aside(mail: Message, subject: str) -> str:
    """`bounce`, `auto_reply`, `newsletter`, `ours` (a notice of the drum itself), or '' for what may be a request."""
    if mail.get("X-LeadDrum-Key"):
        return "ours"
    if _bounced(mail):
        return "bounce"
    if _answered_by_itself(mail) or _AUTO_SUBJECT.match(subject):
        return "auto_reply"
    if _to_many(mail):
        return "newsletter"
    return ""


def _bounced(mail: Message) -> bool:
    if mail.get_content_type() == "multipart/report" and _said(mail, "Content-Type", "delivery-status"):
        return True
    sender = str(mail.get("From", "")).lower()
    return str(mail.get("Return-Path", "")).strip() == "<>" and any(name in sender for name in _POSTMASTERS)


def _answered_by_itself(mail: Message) -> bool:
    submitted = str(mail.get("Auto-Submitted", "no")).strip().lower()
    if submitted.startswith(("auto-replied", "auto-notified")):
        return True
    if any(mail.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress-Reply")):
        return True
    return _said(mail, "Precedence", "auto_reply") or _said(mail, "X-Precedence", "auto_reply")


def _to_many(mail: Message) -> bool:
    """Not by Feedback-ID: services that send a site's forms (Amazon SES among them) put it into every letter."""
    if any(mail.get(name) for name in ("List-Id", "List-Unsubscribe", "List-Post")):
        return True
    return any(_said(mail, "Precedence", word) for word in ("bulk", "list", "junk"))


def _said(mail: Message, header: str, word: str) -> bool:
    return word in str(mail.get(header, "")).lower()
