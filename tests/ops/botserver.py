# ruff: noqa: N802, N815 - handlers are called by the names of the methods they answer
"""A Telegram that runs on loopback: strict about the published parameters of its methods, and about its limits.

Source: https://core.telegram.org/bots/api (methods, their parameters, their types and limits) and the limits of
https://core.telegram.org/bots/faq. What a method does not name, or names otherwise, is refused with 400, so that a
client that sends it is found out.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from email import message_from_bytes
from email.policy import HTTP
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

TOKEN = "4242:AAdouble-of-a-bot_for-the-tests"
CLIENT_TOKEN = "5353:AAdouble-that-clients_write-to"
NAME = "leaddrum_test_bot"
TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler"}
# Method -> parameter -> (type, required).
METHODS: dict[str, dict[str, tuple[type | tuple[type, ...], bool]]] = {
    "getMe": {},
    "getUpdates": {
        "offset": (int, False),
        "limit": (int, False),
        "timeout": (int, False),
        "allowed_updates": (list, False),
    },
    "setWebhook": {
        "url": (str, True),
        "secret_token": (str, False),
        "allowed_updates": (list, False),
        "max_connections": (int, False),
        "drop_pending_updates": (bool, False),
    },
    "deleteWebhook": {"drop_pending_updates": (bool, False)},
    "sendMessage": {
        "chat_id": ((int, str), True),
        "text": (str, True),
        "parse_mode": (str, False),
        "link_preview_options": (dict, False),
        "disable_notification": (bool, False),
        "reply_parameters": (dict, False),
        "reply_markup": (dict, False),
    },
    "editMessageText": {
        "chat_id": ((int, str), False),
        "message_id": (int, False),
        "text": (str, True),
        "parse_mode": (str, False),
        "link_preview_options": (dict, False),
        "reply_markup": (dict, False),
    },
    "editMessageReplyMarkup": {
        "chat_id": ((int, str), False),
        "message_id": (int, False),
        "reply_markup": (dict, False),
    },
    "answerCallbackQuery": {
        "callback_query_id": (str, True),
        "text": (str, False),
        "show_alert": (bool, False),
        "url": (str, False),
        "cache_time": (int, False),
    },
    "getFile": {"file_id": (str, True)},
    "sendDocument": {
        "chat_id": ((int, str), True),
        "document": (dict, True),  # of a number of a file that it has already nothing is known here
        "caption": (str, False),
        "parse_mode": (str, False),
        "disable_notification": (bool, False),
        "reply_parameters": (dict, False),
        "reply_markup": (dict, False),
    },
}
NESTED = {
    "link_preview_options": {"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"},
    "reply_parameters": {"message_id", "chat_id", "allow_sending_without_reply", "quote"},
    "reply_markup": {"inline_keyboard"},
    "button": {"text", "url", "callback_data"},
    "document": {"file_name", "mime_type", "content"},
}


class BadRequest(Exception):
    def __init__(self, description: str, code: int = 400, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class Telegram:
    """`chats`: who has spoken to the bot. `blocked`: who blocked it. `limits`: whether it counts messages a second.
    `fails`: called before each call, may raise BadRequest or return "drop" (the answer gets lost on its way)."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token, self.number = token, int(token.partition(":")[0])
        self.beside: dict[str, Telegram] = {}  # other bots of the same Telegram, by their tokens
        self.heard: set[tuple[int, int]] = set()  # what people wrote: (chat, number)
        self.chats: dict[int, dict[str, Any]] = {}
        self.blocked: set[int] = set()
        self.messages: dict[tuple[int, int], dict[str, Any]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[tuple[str, str]] = []  # (query, text) of answered presses
        self.updates: deque[dict[str, Any]] = deque()
        self.webhook: dict[str, Any] = {}
        self.limits = False
        self.latency = 0.0
        self.fails: Callable[[str, dict[str, Any]], str | None] = lambda _method, _values: None
        self._number = 0
        self._sent: deque[float] = deque()
        self._sent_to: dict[int, deque[float]] = defaultdict(deque)
        self._queries: set[str] = set()
        self._asking = threading.Lock()
        self._lock = threading.RLock()
        self.refused = 0  # with 429
        self.files: dict[str, bytes] = {}  # by the end of their path
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                double._serve(self)

            do_GET = do_POST

            def log_message(self, *_values: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    # What people do in Telegram

    def person(self, number: int, first_name: str = "Анна", **values: Any) -> dict[str, Any]:
        return {"id": number, "is_bot": False, "first_name": first_name, **values}

    def says(self, number: int, text: str, *, group: int | None = None, **values: Any) -> None:
        """Somebody writes to the bot, or in a group that it is in."""
        chat: dict[str, Any] = {"id": group or number, "type": "group" if group else "private"}
        chat |= {"title": "Продажи"} if group else {"first_name": "Анна"}
        self.chats[chat["id"]] = chat
        with self._lock:
            heard = self._next()
            message = {"message_id": heard, "date": int(time.time()), "chat": chat, "text": text}
            self.heard.add((chat["id"], heard))
            self._update(message=message | {"from": self.person(number, **values)})

    def replies(self, number: int, to: dict[str, Any], text: str = "", **said: Any) -> dict[str, Any]:
        """He replies to a message of the bot in his chat with it. It comes with the message it answers, and that one
        without what it had answered itself: https://core.telegram.org/bots/api#message, `reply_to_message`."""
        above = {key: value for key, value in to.items() if key != "reply_to_message"}
        assert (above["chat"]["id"], above["message_id"]) in self.messages
        with self._lock:
            chat = above["chat"]
            head = {"message_id": self._next(), "date": int(time.time()), "chat": chat, "from": self.person(number)}
            self.heard.add((chat["id"], head["message_id"]))
            what = {"text": text} if text else said
            message = {**head, "reply_to_message": above, **what}
            self._update(message=message)
        return message

    def sends(self, number: int, **message: Any) -> None:
        """A private message of any kind to the bot."""
        with self._lock:
            chat = {"id": number, "type": "private", "first_name": "Мария"}
            self.chats[number] = chat
            heard = self._next()
            head = {"message_id": heard, "date": int(time.time()), "chat": chat}
            self.heard.add((number, heard))
            self._update(message={**head, "from": self.person(number, "Мария"), **message})

    def presses(self, number: int, label: str, *, chat: int | None = None) -> str:
        """He presses the button of that label under the newest message that has one. Returns the query's id."""
        chat = chat or number
        for key in sorted((key for key in self.messages if key[0] == chat), reverse=True):
            for row in self.messages[key].get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    if button["text"] == label and "callback_data" in button:
                        return self.sends_press(number, key, button["callback_data"])
        raise AssertionError(f"no button {label!r}: {self.buttons(chat)}")

    def sends_press(self, number: int, key: tuple[int, int], data: str) -> str:
        """A press with any data: what a changed client can send."""
        with self._lock:
            query = str(10**9 + self._next())
            self._queries.add(query)
            message = self.messages.get(key, {"message_id": key[1], "date": 0, "chat": {"id": key[0]}})
            call = {"id": query, "from": self.person(number), "chat_instance": "1", "data": data, "message": message}
            self._update(callback_query=call)
        return query

    def blocks(self, number: int) -> None:
        self.blocked.add(number)
        self._membership(number, "kicked")

    def unblocks(self, number: int) -> None:
        self.blocked.discard(number)
        self._membership(number, "member")

    def _membership(self, number: int, status: str) -> None:
        bot = self._bot()
        change = {"chat": self.chats[number], "from": self.person(number), "date": int(time.time())}
        states = {
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": status},
        }
        self._update(my_chat_member={**change, **states})

    # What tests look at

    def to(self, chat: int) -> list[dict[str, Any]]:
        """The messages in that chat as they read now, oldest first."""
        return [message for key, message in sorted(self.messages.items()) if key[0] == chat]

    def texts(self, chat: int) -> list[str]:
        return [re.sub(r"<[^>]+>", "", message.get("text", "")) for message in self.to(chat)]

    def buttons(self, chat: int) -> list[list[str]]:
        """The labels under each message."""
        rows = [message.get("reply_markup", {}).get("inline_keyboard", []) for message in self.to(chat)]
        return [[button["text"] for row in keyboard for button in row] for keyboard in rows]

    def answered(self, query: str) -> str:
        return next(text for given, text in self.answers if given == query)

    # The server

    def _next(self) -> int:
        with self._lock:
            self._number += 1
            return self._number

    def _update(self, **what: Any) -> None:
        with self._lock:
            update = {"update_id": self._next(), **what}
            kind = next(iter(what))
            allowed = self.webhook.get("allowed_updates")
            if self.webhook.get("url") and (allowed is None or kind in allowed):
                head = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
                httpx.post(self.webhook["url"], json=update, headers=head, timeout=5)
            else:
                self.updates.append(update)

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if request.path.startswith(f"/file/bot{self.token}/"):
            self._serve_file(request)
            return
        _, bot, method = ([*urlsplit(request.path).path.split("/"), "", ""])[:3]
        if bot.removeprefix("bot") in self.beside:
            self.beside[bot.removeprefix("bot")]._answer(request, bot, method, body)
        else:
            self._answer(request, bot, method, body)

    def _answer(self, request: BaseHTTPRequestHandler, bot: str, method: str, body: bytes) -> None:
        try:
            if bot != f"bot{self.token}":
                raise BadRequest("Unauthorized", 401)
            if method not in METHODS:
                raise BadRequest("Not Found", 404)
            values = _checked(method, _parameters(request, body))
            self.calls.append((method, values))
            time.sleep(self.latency)
            lost = self.fails(method, values)
            result = getattr(self, f"_{method}")(values)
            if lost == "drop":
                request.connection.shutdown(socket.SHUT_RDWR)
                return
            answer: dict[str, Any] = {"ok": True, "result": result}
            code = 200
        except BadRequest as error:
            code = error.code
            answer = {"ok": False, "error_code": code, "description": error.description}
            if error.parameters:
                answer["parameters"] = error.parameters
        text = json.dumps(answer).encode()
        try:
            request.send_response(code)
            request.send_header("Content-Type", "application/json")
            request.send_header("Content-Length", str(len(text)))
            request.end_headers()
            request.wfile.write(text)
        except OSError:
            return

    def _serve_file(self, request: BaseHTTPRequestHandler) -> None:
        content = self.files.get(request.path.rpartition("/")[2])
        request.send_response(404 if content is None else 200)
        request.send_header("Content-Length", str(len(content or b"")))
        request.end_headers()
        request.wfile.write(content or b"")

    # Its methods

    def _getFile(self, values: dict[str, Any]) -> dict[str, Any]:
        content = self.files.get(values["file_id"])
        if content is None:
            raise BadRequest("Bad Request: invalid file_id")
        if len(content) > 20 * 1024 * 1024:
            raise BadRequest("Bad Request: file is too big")
        found = {"file_id": values["file_id"], "file_unique_id": values["file_id"], "file_size": len(content)}
        return {**found, "file_path": f"documents/{values['file_id']}"}

    def _getMe(self, _values: dict[str, Any]) -> dict[str, Any]:
        able = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
        return {**self._bot(), **able}

    def _bot(self) -> dict[str, Any]:
        return {"id": self.number, "is_bot": True, "first_name": "LeadDrum", "username": NAME}

    def _getUpdates(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook.get("url"):
            raise BadRequest("Conflict: can't use getUpdates method while webhook is active", 409)
        if not self._asking.acquire(blocking=False):
            raise BadRequest("Conflict: terminated by other getUpdates request", 409)
        try:
            until = time.monotonic() + min(values.get("timeout", 0), 0.1)
            while True:
                with self._lock:
                    while self.updates and self.updates[0]["update_id"] < values.get("offset", 0):
                        self.updates.popleft()
                    found = list(self.updates)[: values.get("limit", 100)]
                if found or time.monotonic() >= until:
                    return found
                time.sleep(0.02)
        finally:
            self._asking.release()

    def _setWebhook(self, values: dict[str, Any]) -> bool:
        if urlsplit(values["url"]).scheme != "https" and "127.0.0.1" not in values["url"]:
            raise BadRequest("Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", values.get("secret_token", "x")):
            raise BadRequest("Bad Request: secret token contains unallowed characters")
        self.webhook = values
        return True

    def _deleteWebhook(self, _values: dict[str, Any]) -> bool:
        self.webhook = {}
        return True

    def _sendMessage(self, values: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(values["chat_id"])
        _text(values)
        keyboard = _keyboard(values.get("reply_markup"))
        above = values.get("reply_parameters", {})
        key = (chat, above.get("message_id", 0))
        answered = self.messages.get(key) or ({"message_id": key[1]} if key in self.heard else None)
        if above and answered is None and not above.get("allow_sending_without_reply"):
            raise BadRequest("Bad Request: message to be replied not found")
        self._count(chat)
        with self._lock:
            number = self._next()
            message = {"message_id": number, "date": int(time.time()), "chat": self.chats[chat], "from": self._bot()}
            message["text"] = values["text"]
            if keyboard:
                message["reply_markup"] = keyboard
            if answered is not None:  # the whole message, without what it had answered itself
                whole = {"date": message["date"], "chat": message["chat"], **answered}
                message["reply_to_message"] = {k: v for k, v in whole.items() if k != "reply_to_message"}
            self.messages[chat, number] = message
            return message

    def _sendDocument(self, values: dict[str, Any]) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#senddocument: up to 50 MB, as multipart/form-data."""
        chat, sent = self._chat(values["chat_id"]), values["document"]
        if not sent["content"]:
            raise BadRequest("Bad Request: file must be non-empty")
        if len(sent["content"]) > 50 * 1024 * 1024:
            raise BadRequest("Request Entity Too Large", 413)
        if len(values.get("caption", "")) > 1024:
            raise BadRequest("Bad Request: message caption is too long")
        self._count(chat)
        with self._lock:
            number = self._next()
            self.files[str(number)] = sent["content"]
            named = {name: sent[name] for name in ("file_name", "mime_type")}
            found = {"file_id": str(number), "file_unique_id": str(number), "file_size": len(sent["content"])}
            message = {"message_id": number, "date": int(time.time()), "chat": self.chats[chat], "from": self._bot()}
            message["document"] = named | found
            self.messages[chat, number] = message
            return message

    def _editMessageText(self, values: dict[str, Any]) -> dict[str, Any]:
        message = self._message(values)
        _text(values)
        keyboard = _keyboard(values.get("reply_markup"))
        before = (message["text"], message.get("reply_markup", {}))
        after = (values["text"], keyboard or {})
        if before == after:
            raise BadRequest(
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the"
                " same as a current content and reply markup of the message"
            )
        message["text"] = values["text"]
        return _under(message, keyboard)

    def _editMessageReplyMarkup(self, values: dict[str, Any]) -> dict[str, Any]:
        message = self._message(values)
        keyboard = _keyboard(values.get("reply_markup")) or {}
        if message.get("reply_markup", {}) == keyboard:
            raise BadRequest("Bad Request: message is not modified")
        return _under(message, keyboard)

    def _answerCallbackQuery(self, values: dict[str, Any]) -> bool:
        if values["callback_query_id"] not in self._queries:
            raise BadRequest("Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(values.get("text", "")) > 200:
            raise BadRequest("Bad Request: MESSAGE_TOO_LONG")
        self._queries.discard(values["callback_query_id"])
        self.answers.append((values["callback_query_id"], values.get("text", "")))
        return True

    def _chat(self, given: int | str) -> int:
        number = int(given) if str(given).lstrip("-").isdigit() else 0
        if number not in self.chats:
            raise BadRequest("Bad Request: chat not found")
        if number in self.blocked:
            raise BadRequest("Forbidden: bot was blocked by the user", 403)
        return number

    def _message(self, values: dict[str, Any]) -> dict[str, Any]:
        found = self.messages.get((self._chat(values.get("chat_id", 0)), values.get("message_id", 0)))
        if found is None:
            raise BadRequest("Bad Request: message to edit not found")
        return found

    def _count(self, chat: int) -> None:
        """30 messages a second, one a second to a chat (bursts of three are forgiven), 20 a minute to a group."""
        if not self.limits:
            return
        with self._lock:
            now = time.monotonic()
            for stamps, most, window in (
                (self._sent, 30, 1.0),
                (self._sent_to[chat], 1, 0.95) if chat > 0 else (self._sent_to[chat], 20, 60.0),
            ):
                while stamps and stamps[0] <= now - window:
                    stamps.popleft()
                if len(stamps) >= most:
                    self.refused += 1
                    raise BadRequest("Too Many Requests: retry after 1", 429, retry_after=1)
            self._sent.append(now)
            self._sent_to[chat].append(now)


def _under(message: dict[str, Any], keyboard: dict[str, Any] | None) -> dict[str, Any]:
    """The message with that keyboard, or with none."""
    message.pop("reply_markup", None)
    if keyboard:
        message["reply_markup"] = keyboard
    return message


def _parameters(request: BaseHTTPRequestHandler, body: bytes) -> dict[str, Any]:
    kind = request.headers.get("Content-Type", "").partition(";")[0]
    if kind == "application/json":
        return dict(json.loads(body or b"{}"))
    if kind == "multipart/form-data":
        return _parts(request.headers["Content-Type"], body)
    found = dict(parse_qsl(urlsplit(request.path).query)) | dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {name: _from_form(name, value) for name, value in found.items()}


def _parts(kind: str, body: bytes) -> dict[str, Any]:
    """A form with files; a file is told by its name."""
    whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
    found: dict[str, Any] = {}
    for part in whole.iter_parts():
        name = str(part.get_param("name", header="Content-Disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if (file := part.get_filename()) is not None:
            found[name] = {"file_name": file, "mime_type": part.get_content_type(), "content": content}
        else:
            found[name] = _from_form(name, content.decode())
    return found


def _from_form(name: str, value: str) -> Any:
    """A form has only texts: numbers, flags and nested values are written as JSON."""
    if name in {"text", "caption", "callback_query_id", "secret_token", "url", "parse_mode"}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _checked(method: str, given: dict[str, Any]) -> dict[str, Any]:
    known = METHODS[method]
    for name, value in given.items():
        if name not in known:
            raise BadRequest(f"Bad Request: {method} has no parameter {name}")
        kind = known[name][0]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadRequest(f"Bad Request: {method}.{name} is no {kind}")
        if isinstance(value, dict) and not set(value) <= NESTED[name]:
            raise BadRequest(f"Bad Request: {method}.{name} has no {set(value) - NESTED[name]}")
        if name == "reply_parameters" and isinstance(value, dict) and type(value.get("message_id")) is not int:
            raise BadRequest("Bad Request: reply_parameters.message_id is no Integer")
    for name, (_kind, required) in known.items():
        if required and name not in given:
            raise BadRequest(f"Bad Request: {method}.{name} is missing")
    return given


class _Marks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or (attrs and tag != "a"):
            raise BadRequest(f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise BadRequest(f'Bad Request: can\'t parse entities: Unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text += data


def _text(values: dict[str, Any]) -> None:
    text = values["text"]
    if values.get("parse_mode") == "HTML":
        marks = _Marks()
        marks.feed(text)
        marks.close()
        if marks.open:
            raise BadRequest(
                f"Bad Request: can't parse entities: Can't find end tag corresponding to \"{marks.open[-1]}\""
            )
        text = marks.text
    elif "parse_mode" in values:
        raise BadRequest("Bad Request: unsupported parse_mode")
    if not text.strip():
        raise BadRequest("Bad Request: message text is empty")
    if len(text) > 4096:
        raise BadRequest("Bad Request: message is too long")


def _keyboard(markup: dict[str, Any] | None) -> dict[str, Any] | None:
    if markup is None:
        return None
    for row in markup.get("inline_keyboard", []):
        for button in row:
            if not set(button) <= NESTED["button"] or not button.get("text"):
                raise BadRequest("Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
            if ("url" in button) == ("callback_data" in button):
                raise BadRequest("Bad Request: can't parse inline keyboard button: exactly one action is expected")
            if len(button.get("callback_data", "x").encode()) not in range(1, 65):
                raise BadRequest("Bad Request: BUTTON_DATA_INVALID")
            host = urlsplit(button.get("url", "https://a.b")).hostname or ""
            if "." not in host or re.fullmatch(r"[\d.]+", host):
                raise BadRequest("Bad Request: inline keyboard button URL is invalid: Wrong HTTP URL")
    return markup if markup.get("inline_keyboard") else {}
