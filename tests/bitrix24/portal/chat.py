"""The messenger of a portal: notices with tags, bots with their messages, buttons and events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Notice:
    id: int
    user: int
    text: str
    at: datetime
    author: int = 0
    tag: str = ""
    sub_tag: str = ""
    app: str = ""  # whose tag it is


@dataclass
class Message:
    id: int
    chat: int
    dialog: str
    author: int  # the bot's user number
    text: str
    at: datetime
    keyboard: list[dict[str, Any]] = field(default_factory=list)
    system: bool = False
    edited: bool = False
    locked: bool = False  # a button with BLOCK was pressed


@dataclass
class Command:
    id: int
    bot: int
    name: str
    hidden: bool = False


@dataclass
class Bot:
    """`mode`: fetch | webhook. `owner`: the access that registered it. `token`: for calls through a webhook."""

    id: int
    code: str
    name: str
    owner: str
    token: str
    kind: str = "bot"
    mode: str = "fetch"
    url: str = ""
    hidden: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Chat:
    notices: list[Notice] = field(default_factory=list)
    deleted: int = 0  # notices replaced or taken back
    bots: dict[int, Bot] = field(default_factory=dict)
    commands: dict[int, Command] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    dialogs: dict[tuple[int, str], int] = field(default_factory=dict)  # (bot, dialog): chat
    next_event: int = 1001

    def notify(self, notice: Notice) -> Notice:
        """A notice with the tag of an earlier one of the same application replaces it, whoever it was for."""
        if notice.tag:
            kept = [each for each in self.notices if (each.app, each.tag) != (notice.app, notice.tag)]
            self.deleted += len(self.notices) - len(kept)
            self.notices = kept
        self.notices.append(notice)
        return notice

    def chat_of(self, bot: int, dialog: str) -> int:
        if dialog.startswith("chat"):
            return int(dialog[4:])
        return self.dialogs.setdefault((bot, dialog), len(self.dialogs) + 1)

    def of_user(self, user: int) -> list[Message]:
        return [message for message in self.messages.values() if message.dialog == str(user)]
