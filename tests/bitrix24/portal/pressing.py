"""Somebody presses a button under a bot's message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bitrix24.portal.chat import Command, Message

if TYPE_CHECKING:
    from tests.bitrix24.portal.state import Portal


def press(portal: Portal, message: Message, button: str, by: int) -> bool:
    """The button with this text; False when it is not there, locked, or its command is not known."""
    found = next((each for each in message.keyboard if each.get("TEXT") == button), None)
    if found is None or "COMMAND" not in found or message.locked or found.get("DISABLED") == "Y":
        return False
    command = _command(portal, message.author, found["COMMAND"])
    if command is None:
        return False
    if found.get("BLOCK") == "Y":
        message.locked = True
    bot = portal.chat.bots[message.author]
    data = _data(portal, message, command, str(found.get("COMMAND_PARAMS", "")), by)
    if bot.mode == "fetch":
        number, portal.chat.next_event = portal.chat.next_event, portal.chat.next_event + 1
        date = portal.now().isoformat(timespec="seconds")
        bot.events.append({"eventId": number, "type": "ONIMBOTV2COMMANDADD", "date": date, "data": data})
    elif portal.delivery is not None:
        portal.delivery.bot(bot, "ONIMBOTV2COMMANDADD", data, by)
    return True


def _command(portal: Portal, bot: int, name: str) -> Command | None:
    commands = portal.chat.commands.values()
    return next((each for each in commands if each.bot == bot and each.name == name.lstrip("/")), None)


def _data(portal: Portal, message: Message, command: Command, params: str, by: int) -> dict[str, Any]:
    bot, user = portal.chat.bots[message.author], portal.users[by]
    return {
        "bot": {"id": bot.id, "code": bot.code},
        "command": {"id": command.id, "command": f"/{command.name}", "params": params, "context": "keyboard"},
        "message": {"id": message.id, "chatId": message.chat, "authorId": message.author},
        "chat": {"id": message.chat, "dialogId": message.dialog},
        "user": {"id": user.id, "name": user.full_name},
        "language": "ru",
    }
