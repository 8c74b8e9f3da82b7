"""A messenger's gateway: one message a call, its conversation is a lead.

{"id", "conversation", "name", "phone", "username", "text", "files": [{"name", "type", "content": Base64}]}
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from django.utils.translation import gettext as _

from leaddrum import clock, engine
from leaddrum.intake import chats, clean, ways
from leaddrum.intake.hooks.call import Call, Heard, signature, signed_or_told
from leaddrum.intake.problems import Problem, Unreadable
from leaddrum.models import Way

MOST_FILES = 5
LONGEST = 150  # characters of a conversation's name: answers go back under it, so it is kept as it is
LARGEST_FILES = 150 * 1024  # bytes: a call as a whole has at most 256 KB


class Gateway:
    def proves(self, way: Way, call: Call) -> bool:
        return signed_or_told(way, call)

    def hears(self, way: Way, call: Call) -> Iterator[Heard]:
        data = call.data()
        conversation, number = self._line(data, "conversation"), self._line(data, "id")
        if not conversation or not number:
            raise Unreadable([Problem("conversation" if not conversation else "id", _("This is required."))])
        if len(conversation) > LONGEST:
            too_long = _("Too long: at most %(max_length)s characters.") % {"max_length": LONGEST}
            raise Unreadable([Problem("conversation", too_long)])
        said = chats.Said(
            conversation=conversation,
            number=number,
            name=self._line(data, "name")[:100],
            phone=self._line(data, "phone")[:100],
            username=self._line(data, "username")[:100],
            text=clean.many_lines(str(data.get("text") or ""))[:20_000],
            files=tuple(self._files(data.get("files"))),
        )
        yield chats.arrival(way, said)

    @staticmethod
    def _line(data: Mapping[str, Any], name: str) -> str:
        value = data.get(name)
        plain = isinstance(value, str | int) and not isinstance(value, bool)
        return clean.one_line(str(value)) if plain else ""

    @staticmethod
    def _files(found: Any) -> Iterator[engine.File]:
        left = LARGEST_FILES
        for one in (found if isinstance(found, list) else [])[:MOST_FILES]:
            if not isinstance(one, dict):
                continue
            try:
                content = base64.b64decode(str(one.get("content", "")), validate=True)
            except (binascii.Error, ValueError) as error:
                raise Unreadable([Problem("files", _("A file's content must be Base64."))]) from error
            left -= len(content)
            if content and left >= 0:
                name = clean.one_line(str(one.get("name") or "file")).replace("/", "_")[:200]
                yield engine.File(name, clean.one_line(str(one.get("type") or ""))[:100], content)

    def answers(self, call: Call, outcome: str) -> Any:
        del call
        return {"outcome": outcome}

    def sample(self, way: Way) -> Call:
        now = clock.now()
        said = {"id": f"test-{now.timestamp():.3f}", "conversation": f"test-{now.timestamp():.0f}"}
        said |= {"name": _("Test client"), "text": _("This is a test lead. Take it or close it.")}
        body = orjson.dumps(said)
        headers = {"content-type": "application/json", "x-leaddrum-signature": signature(ways.secret_of(way), body)}
        return Call(body, headers, {})
