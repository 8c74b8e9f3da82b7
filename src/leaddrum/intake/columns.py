"""What each column of a table is: told by its heading, or by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as lazy

from leaddrum.intake import dedupe

SKIP, OWN = "", "fields"  # left out; kept under its heading among the lead's own fields
TARGETS = ("title", "name", "phone", "email", "source", "text", "owner", "external_id")
CHOICES = (*TARGETS, OWN, SKIP)
LABELS = {
    "title": lazy("title"),
    "name": lazy("name"),
    "phone": lazy("phone"),
    "email": lazy("e-mail"),
    "source": lazy("source"),
    "text": lazy("what the client wrote"),
    "owner": lazy("responsible person"),
    "external_id": lazy("id in your system"),
    OWN: lazy("a field of its own"),
    SKIP: lazy("(leave out)"),
}

# Headings as people write them, in small letters, marks read as blanks; in two languages, whatever the page's is.
HEADINGS = {
    "title": "title, subject, topic, lead, lead title, название, тема, заголовок, лид, заявка, сделка, название лида, "
    "название заявки, название сделки",
    "name": "name, full name, client, client name, customer, contact, имя, фио, ф и о, клиент, контакт, "
    "контактное лицо, имя клиента, имя фамилия, фамилия имя, фамилия имя отчество",
    "phone": "phone, tel, telephone, mobile, phone number, телефон, тел, мобильный, номер телефона, "
    "мобильный телефон, рабочий телефон, контактный телефон, сотовый",
    "email": "email, e mail, mail, email address, почта, эл почта, электронная почта, имейл, емейл, "
    "адрес электронной почты",
    "source": "source, channel, источник, канал",
    "text": "text, message, comment, comments, note, notes, комментарий, комментарии, сообщение, текст, примечание, "
    "описание, вопрос",
    "owner": "owner, responsible, manager, ответственный, менеджер, сотрудник",
    "external_id": "id, external id, внешний id, внешний код, ид, код",
}
_KNOWN = {heading: target for target, headings in HEADINGS.items() for heading in headings.split(", ")}
_MARKS = re.compile(r"[\W_]+")


def guess(heading: Sequence[str]) -> list[str] | None:
    """What each column is by its heading; None when no heading is one we know: then it is a row like the others.

    Each target is given to the first column that claims it; what is not known becomes a field of the lead.
    """
    found: list[str] = []
    for cell in heading:
        target = _KNOWN.get(_MARKS.sub(" ", cell.lower()).strip(), OWN if cell.strip() else SKIP)
        found.append(OWN if target in found and target in TARGETS else target)
    return found if any(target in TARGETS for target in found) else None


def guess_by_content(cells: Sequence[str], region: str | None) -> list[str]:
    """What each column is when there is no heading, by one row of it."""
    found: list[str] = []
    for cell in cells:
        if dedupe.email_key(cell) and "email" not in found:
            target = "email"
        elif dedupe.phone_key(cell, region) and "phone" not in found:
            target = "phone"
        elif cell.strip() and "name" not in found:
            target = "name"
        else:
            target = "text" if "name" in found and "text" not in found and cell.strip() else SKIP
        found.append(target)
    return found
