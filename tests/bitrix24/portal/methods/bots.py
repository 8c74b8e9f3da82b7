"""Bots of the second edition (`imbot.v2.*`): register, commands, messages with buttons, and events to be fetched."""

from __future__ import annotations

from typing import Any

from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.chat import Bot, Command, Message
from tests.bitrix24.portal.kinds import Kind, anything, integer, mapping, text

LONGEST_TOKEN, LONGEST_MESSAGE, MOST_BOTS = 40, 20_000, 100
TYPES = ("bot", "network", "openline", "supervisor", "personal")
BOT: dict[str, Kind] = {"botId": integer}
TOKEN: dict[str, Kind] = {"botToken": text}


@method("imbot.v2.Bot.register", "imbot", required={"fields": mapping}, optional=TOKEN)
def register(caller: Caller, params: Params) -> Any:
    """Again with the same code: the bot that is there, unchanged."""
    fields = params["fields"]
    token, code = str(fields.get("botToken") or params.get("botToken") or ""), str(fields.get("code") or "")
    if caller.app is None and not token:
        raise Refusal(403, "BOT_TOKEN_NOT_SPECIFIED", "Bot token is not specified")
    if len(token) > LONGEST_TOKEN:
        raise Refusal(400, "BOT_TOKEN_INVALID_LENGTH", "Bot token is too long")
    if not code:
        raise Refusal(400, "BOT_CODE_REQUIRED", "Bot code is required")
    properties = fields.get("properties") or {}
    if not properties.get("name"):
        raise Refusal(400, "BOT_PROPERTIES_REQUIRED", "Bot properties are required")
    if fields.get("type", "bot") not in TYPES:
        raise Refusal(400, "BOT_INVALID_TYPE", "Invalid bot type")
    mode = fields.get("eventMode", "fetch")
    if mode not in ("fetch", "webhook"):
        raise Refusal(400, "BOT_INVALID_EVENT_MODE", "Invalid event mode")
    if mode == "webhook" and not fields.get("webhookUrl"):
        raise Refusal(400, "BOT_WEBHOOK_URL_REQUIRED", "Webhook URL is required")
    owner = _owner(caller, token)
    chat = caller.portal.chat
    found = next((bot for bot in chat.bots.values() if bot.code == code), None)
    if found is not None and found.owner != owner:
        raise Refusal(400, "BOT_CODE_ALREADY_TAKEN", "Bot code is already taken")
    if found is None:
        if sum(bot.owner == owner for bot in chat.bots.values()) >= MOST_BOTS:
            raise Refusal(400, "BOT_LIMIT_EXCEEDED", "Too many bots")
        found = Bot(
            caller.portal.number("bot", 456),
            code,
            str(properties["name"]),
            owner,
            token,
            fields.get("type", "bot"),
            mode,
            str(fields.get("webhookUrl", "")),
            fields.get("isHidden") in (True, "Y", "1", 1),
        )
        chat.bots[found.id] = found
    return {"bot": _bot(caller, found), "users": [{"id": found.id, "name": found.name, "bot": True, "active": True}]}


def _owner(caller: Caller, token: str) -> str:
    return caller.app.client_id if caller.app else f"webhook:{token}"


def _bot(caller: Caller, bot: Bot) -> dict[str, Any]:
    chat = caller.portal.chat
    return {
        "id": bot.id,
        "code": bot.code,
        "type": bot.kind,
        "isHidden": bot.hidden,
        "eventMode": bot.mode,
        "language": "ru",
        "moduleId": "rest",
        "countMessage": sum(message.author == bot.id for message in chat.messages.values()),
        "countCommand": sum(command.bot == bot.id for command in chat.commands.values()),
        "countChat": sum(key[0] == bot.id for key in chat.dialogs),
        "countUser": 0,
    }


def _own(caller: Caller, params: Params) -> Bot:
    """The bot named, if it is the caller's.

    Raises:
        Refusal: it is not, or a webhook gave no token.
    """
    token = params.get("botToken", "")
    if caller.app is None and not token:
        raise Refusal(403, "BOT_TOKEN_NOT_SPECIFIED", "Bot token is not specified")
    found = caller.portal.chat.bots.get(params["botId"])
    if found is None:
        raise Refusal(400, "BOT_NOT_FOUND", "Bot not found")
    if found.owner != _owner(caller, token):
        raise Refusal(403, "BOT_OWNERSHIP_ERROR", "Bot is registered by another application")
    return found


@method("imbot.v2.Bot.get", "imbot", required=BOT, optional=TOKEN)
def get(caller: Caller, params: Params) -> Any:
    return {"bot": _bot(caller, _own(caller, params))}


@method("imbot.v2.Bot.list", "imbot", optional=TOKEN | {"filter": mapping, "limit": integer, "offset": integer})
def bots(caller: Caller, params: Params) -> Any:
    owner = _owner(caller, params.get("botToken", ""))
    found = [bot for bot in caller.portal.chat.bots.values() if bot.owner == owner]
    return {"bots": [_bot(caller, bot) for bot in found], "users": []}


@method("imbot.v2.Bot.update", "imbot", required=BOT | {"fields": mapping}, optional=TOKEN)
def update(caller: Caller, params: Params) -> Any:
    bot, fields = _own(caller, params), params["fields"]
    bot.name = (fields.get("properties") or {}).get("name", bot.name)
    mode, url = fields.get("eventMode", bot.mode), fields.get("webhookUrl", bot.url)
    if mode not in ("fetch", "webhook"):
        raise Refusal(400, "BOT_INVALID_EVENT_MODE", "Invalid event mode")
    if mode == "webhook" and not url:
        raise Refusal(400, "BOT_WEBHOOK_URL_REQUIRED", "Webhook URL is required")
    bot.mode, bot.url = mode, url
    return {"bot": _bot(caller, bot)}


@method("imbot.v2.Bot.unregister", "imbot", required=BOT, optional=TOKEN)
def unregister(caller: Caller, params: Params) -> Any:
    bot = _own(caller, params)
    del caller.portal.chat.bots[bot.id]
    return {"result": True}


@method("imbot.v2.Command.register", "imbot", required=BOT | {"fields": mapping}, optional=TOKEN)
def command(caller: Caller, params: Params) -> Any:
    bot, fields = _own(caller, params), params["fields"]
    name = str(fields.get("command") or "").lstrip("/")
    hidden = fields.get("hidden") in (True, "Y", "1", 1)
    if not name:
        raise Refusal(400, "COMMAND_REQUIRED", "Command is required")
    if not hidden and not fields.get("title"):
        raise Refusal(400, "COMMAND_TITLE_REQUIRED", "Command title is required")
    commands = caller.portal.chat.commands
    found = next((each for each in commands.values() if (each.bot, each.name) == (bot.id, name)), None)
    if found is None:
        found = Command(caller.portal.number("command", 42), bot.id, name, hidden)
        commands[found.id] = found
    return {"command": _command(found)}


def _command(found: Command) -> dict[str, Any]:
    return {"id": found.id, "botId": found.bot, "command": f"/{found.name}", "common": False, "hidden": found.hidden}


@method("imbot.v2.Command.list", "imbot", required=BOT, optional=TOKEN)
def commands_of(caller: Caller, params: Params) -> Any:
    bot = _own(caller, params)
    return {"commands": [_command(each) for each in caller.portal.chat.commands.values() if each.bot == bot.id]}


@method("imbot.v2.Chat.Message.send", "imbot", required=BOT | {"dialogId": text, "fields": mapping}, optional=TOKEN)
def send(caller: Caller, params: Params) -> Any:
    bot, fields, dialog = _own(caller, params), params["fields"], params["dialogId"]
    words = str(fields.get("message") or "")
    if not words and not fields.get("attach"):
        raise Refusal(400, "EMPTY_MESSAGE", "Message is empty")
    if dialog.isdigit():
        user = caller.portal.users.get(int(dialog))
        if user is None or not user.active:
            raise Refusal(403, "ACCESS_DENIED", "Access denied")
    chat = caller.portal.chat
    message = Message(
        caller.portal.number("message", 789),
        chat.chat_of(bot.id, dialog),
        dialog,
        0 if fields.get("system") in (True, "Y") else bot.id,
        words[:LONGEST_MESSAGE],
        caller.portal.clock.now(),
        _buttons(bot, fields.get("keyboard")),
    )
    chat.messages[message.id] = message
    return {"id": message.id, "uuidMap": []}


@method(
    "imbot.v2.Chat.Message.update", "imbot", required=BOT | {"messageId": integer, "fields": mapping}, optional=TOKEN
)
def edit(caller: Caller, params: Params) -> Any:
    bot, fields = _own(caller, params), params["fields"]
    message = caller.portal.chat.messages.get(params["messageId"])
    if message is None or message.author != bot.id:
        raise Refusal(403, "ACCESS_DENIED", "Access denied")
    if fields.get("message"):
        message.text, message.edited = str(fields["message"]), True
    if "keyboard" in fields:
        message.keyboard, message.locked = _buttons(bot, fields["keyboard"]), False
    return {"result": True}


def _buttons(bot: Bot, keyboard: Any) -> list[dict[str, Any]]:
    if not keyboard or keyboard == "N":
        return []
    buttons = keyboard.get("BUTTONS") if isinstance(keyboard, dict) else keyboard
    if not isinstance(buttons, list):
        raise Refusal(400, "PARAMS_ERROR", "Incorrect keyboard params")
    for button in buttons:
        if button.get("TYPE") == "NEWLINE":
            continue
        if not button.get("TEXT") or not any(button.get(key) for key in ("COMMAND", "LINK", "ACTION", "APP_ID")):
            raise Refusal(400, "PARAMS_ERROR", "Incorrect keyboard params")
    return buttons


@method(
    "imbot.v2.Chat.Message.delete",
    "imbot",
    required=BOT | {"messageId": integer},
    optional=TOKEN | {"complete": anything},
)
def remove(caller: Caller, params: Params) -> Any:
    bot = _own(caller, params)
    message = caller.portal.chat.messages.get(params["messageId"])
    if message is None or message.author != bot.id:
        raise Refusal(403, "ACCESS_DENIED", "Access denied")
    del caller.portal.chat.messages[message.id]
    return {"result": True}


@method(
    "imbot.v2.Command.answer",
    "imbot",
    required=BOT | {"commandId": integer, "messageId": integer, "dialogId": text, "fields": mapping},
    optional=TOKEN,
)
def answer(caller: Caller, params: Params) -> Any:
    bot = _own(caller, params)
    found = caller.portal.chat.commands.get(params["commandId"])
    if found is None or found.bot != bot.id:
        raise Refusal(400, "COMMAND_NOT_FOUND", "Command not found")
    send(
        caller, {key: params[key] for key in ("botId", "dialogId", "fields")} | {"botToken": params.get("botToken", "")}
    )
    return {"result": True}


@method(
    "imbot.v2.Event.get",
    "imbot",
    required=BOT,
    optional=TOKEN | {"offset": integer, "limit": integer, "withUserEvents": anything},
)
def events(caller: Caller, params: Params) -> Any:
    """What is below `offset` is confirmed and forgotten."""
    bot = _own(caller, params)
    offset = params.get("offset", 0)
    bot.events = [event for event in bot.events if event["eventId"] >= offset]
    limit = min(max(params.get("limit", 100), 1), 1000)
    found = bot.events[:limit]
    following = found[-1]["eventId"] + 1 if found else max(offset, 0)
    return {"events": found, "nextOffset": following, "hasMore": len(bot.events) > limit}


@method("imbot.v2.Revision.get", "imbot")
def revision(caller: Caller, params: Params) -> Any:
    return {"rest": 32, "web": 130, "mobile": 22, "desktop": 5}
