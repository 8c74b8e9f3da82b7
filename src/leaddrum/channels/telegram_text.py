"""What a message in Telegram says, and its buttons."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from leaddrum.channels.base import Message
from leaddrum.models import Reach
from leaddrum.words.notices import Row

LONGEST = 4000  # characters; Telegram takes 4096 after its marks are read
RUNNING = frozenset({"offer", "reminder", "moved", "pinned", "joined"})  # with buttons, until the turn is over


def text_of(message: Message) -> str:
    """Subject, sentences, and in a private chat who the client is and how to reach him. A group reads no more than the
    lead's title, and whose it is."""
    notice = message.notice
    head = f"<b>{html.escape(notice.subject)}</b>"
    if message.outlet is not None:
        return _cut([head, _mention(message), *map(html.escape, notice.body)])
    about = [f"{html.escape(what)}: {html.escape(value)}" for what, value in notice.about]
    rows = [_row(row) for row in notice.rows]
    how = [hint()] if message.answers else []
    return _cut([head, *map(html.escape, notice.body), *how, *rows, *([""] if about else []), *about])


def hint() -> str:
    """How to write to the client from here."""
    return f"<i>{html.escape(_('Reply to this message, and the client gets your reply.'))}</i>"


def _row(row: Row) -> str:
    what = html.escape(row.what)
    opened = f'<a href="{html.escape(row.url)}">{what}</a>' if link(row.url) else what
    return f"<code>{html.escape(row.at)}</code> {opened}"


def _mention(message: Message) -> str:
    """His name, so that Telegram tells him of it."""
    account = Reach.objects.filter(person=message.person, channel="telegram").values_list("address", flat=True).first()
    name = html.escape(message.name)
    return f'<a href="tg://user?id={account}">{name}</a>' if account else name


def _cut(lines: list[str]) -> str:
    """Whole lines as far as they fit: a mark cut in two would be refused."""
    kept: list[str] = []
    for line in lines:
        if sum(len(one) + 1 for one in kept) + len(line) > LONGEST:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join(kept)


def keyboard(message: Message) -> dict[str, Any] | None:
    """Take, decline, open. A button carries the turn, not the person: who presses is what Telegram says (S-34)."""
    rows: list[list[dict[str, Any]]] = []
    if message.kind in RUNNING and message.cycle and message.turn:
        turn = f"{message.cycle}:{message.turn}"
        rows.append([{"text": _("Take"), "callback_data": f"take:{turn}"}])
        if message.declines:
            rows[0].append({"text": _("Decline"), "callback_data": f"why:{turn}"})
    if open_to := link(message.url):
        rows.append([{"text": _("Open"), "url": open_to}])
    return {"inline_keyboard": rows} if rows else None


def link(url: str) -> str:
    """The address if Telegram takes it on a button: it refuses those that lead nowhere but to this machine."""
    host = urlsplit(url).hostname or ""
    return url if "." in host and not host.replace(".", "").isdigit() else ""
