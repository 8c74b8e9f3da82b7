"""Telephonies that call a webhook: our own signed JSON for any PBX, Mango Office, Zadarma.

Mango Office: https://www.mango-office.ru/support/api/ (“API виртуальной АТС”): forms with `vpbx_api_key`, `json` and
`sign` = SHA-256 of key + json + salt; `events/call` tells of states, `events/summary` of the end; instants are Unix
seconds, `talk_time` is when the talk began, 0 when nobody answered.

Zadarma: https://zadarma.com/ru/support/api/#api_webhooks: forms; the header `Signature` is the Base64 of the hex
HMAC-SHA1 of some of the fields, which ones depends on the event; `call_start` is the time of the account's zone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from django.utils.translation import gettext as _

from leaddrum import clock, sealed
from leaddrum.intake import calls, clean, ways
from leaddrum.intake.calls import Ring
from leaddrum.intake.hooks.call import Call, Heard, Nothing, same, signature, signed_or_told
from leaddrum.intake.problems import Problem, Unreadable
from leaddrum.models import Way

OLDEST = timedelta(days=400)
LONGEST = 4000  # characters of a number of a call


def _instant(value: Any, where: str) -> datetime:
    """Unix seconds.

    Raises:
        Unreadable: it is no instant of these years.
    """
    try:
        found = datetime.fromtimestamp(float(value), UTC)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise Unreadable([Problem(where, _("This must be an instant in ISO 8601."))]) from error
    return _plausible(found, where)


def _plausible(found: datetime, where: str) -> datetime:
    now = clock.now()
    if not now - OLDEST < found < now + timedelta(days=2):
        raise Unreadable([Problem(where, _("This instant cannot be right."))])
    return min(found, now)


def _text(data: Mapping[str, Any], name: str, longest: int = 100) -> str:
    value = data.get(name)
    plain = isinstance(value, str | int) and not isinstance(value, bool)
    return clean.one_line(str(value)[:longest]) if plain else ""


def _required(data: Mapping[str, Any], name: str) -> str:
    found = clean.number(_text(data, name, LONGEST), 100)
    if not found:
        raise Unreadable([Problem(name, _("This is required."))])
    return found


class AnyPbx:
    """{"id", "direction": "in" | "out", "client", "extension", "started_at", "answered_at", "ended_at", "line"}"""

    def proves(self, way: Way, call: Call) -> bool:
        return signed_or_told(way, call)

    def hears(self, way: Way, call: Call) -> Iterator[Heard]:
        data = call.data()
        instants = {name: self._iso(data.get(name), name) for name in ("started_at", "answered_at", "ended_at")}
        ring = Ring(
            _required(data, "id"),
            _text(data, "direction") == "out",
            _required(data, "client"),
            _text(data, "extension"),
            instants["started_at"] or clock.now(),
            instants["answered_at"],
            instants["ended_at"],
            _text(data, "line"),
        )
        yield from calls.heard(way, ring)

    def answers(self, call: Call, outcome: str) -> Any:
        del call
        return {"outcome": outcome}

    def sample(self, way: Way) -> Call:
        now = clock.now()
        said = {"id": f"test-{now.timestamp():.3f}", "direction": "in", "client": "+79990000000", "extension": ""}
        said |= {"started_at": (now - timedelta(seconds=30)).isoformat(), "ended_at": now.isoformat()}
        body = orjson.dumps(said)
        return Call(body, {"x-leaddrum-signature": signature(ways.secret_of(way), body)}, {})

    @staticmethod
    def _iso(value: Any, where: str) -> datetime | None:
        if value is None or value == "":
            return None
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError as error:
            raise Unreadable([Problem(where, _("This must be an instant in ISO 8601."))]) from error
        if found.tzinfo is None:
            what = _("An instant needs its offset, as in 2026-05-12T09:00:00+03:00.")
            raise Unreadable([Problem(where, what)])
        return _plausible(found.astimezone(UTC), where)


class Mango:
    def proves(self, way: Way, call: Call) -> bool:
        try:
            secrets, said = sealed.unseal(way.sealed), call.form()
        except (sealed.UnreadableError, Unreadable):
            return False
        key, salt = secrets.get("api_key", ""), secrets.get("api_salt", "")
        if not key or not salt or not same(str(said.get("vpbx_api_key", "")), key):
            return False
        return same(str(said.get("sign", "")).lower(), self._sign(key, str(said.get("json", "")), salt))

    @staticmethod
    def _sign(key: str, text: str, salt: str) -> str:
        return hashlib.sha256(f"{key}{text}{salt}".encode("utf-8", "replace")).hexdigest()

    def hears(self, way: Way, call: Call) -> Iterator[Heard]:
        try:
            said = orjson.loads(str(call.form().get("json", "")))
        except orjson.JSONDecodeError as error:
            raise Unreadable([Problem("json", _("This is not JSON: %s") % error)]) from error
        if not isinstance(said, dict):
            raise Unreadable([Problem("json", _("This must be an object of names and values."))])
        if "call_direction" in said:
            yield from self._summary(way, said)
        elif said.get("call_state") == "Connected" and said.get("location") == "abonent":
            yield from self._connected(way, said)
        else:
            yield Nothing()

    def _summary(self, way: Way, said: Mapping[str, Any]) -> Iterator[Heard]:
        """The end of a call: `call_direction` 1 from a client, 2 to one, 0 among ourselves."""
        direction = str(said.get("call_direction"))
        if direction not in {"1", "2"}:
            yield Nothing()
            return
        outward = direction == "2"
        client, ours = self._sides(said, outward)
        talked = said.get("talk_time") or 0
        answered = _instant(talked, "talk_time") if str(talked) != "0" else None
        yield from calls.heard(
            way,
            Ring(
                _required(said, "entry_id"),
                outward,
                client,
                ours,
                _instant(said.get("create_time"), "create_time"),
                answered,
                _instant(said.get("end_time"), "end_time"),
                _text(said, "line_number"),
            ),
        )

    def _connected(self, way: Way, said: Mapping[str, Any]) -> Iterator[Heard]:
        """Somebody speaks now. From a client when the caller has no extension."""
        caller = said.get("from")
        outward = isinstance(caller, dict) and bool(_text(caller, "extension"))
        client, ours = self._sides(said, outward)
        at = _instant(said.get("timestamp"), "timestamp")
        yield from calls.heard(way, Ring(_required(said, "entry_id"), outward, client, ours, at, at))

    @staticmethod
    def _sides(said: Mapping[str, Any], outward: bool) -> tuple[str, str]:
        """(the client's number, our extension)."""
        near, far = said.get("from"), said.get("to")
        near, far = (near if isinstance(near, dict) else {}), (far if isinstance(far, dict) else {})
        client, ours = (far, near) if outward else (near, far)
        number = _text(client, "number")
        return (f"+{number}" if number.isdecimal() and len(number) > 10 else number), _text(ours, "extension")

    def answers(self, call: Call, outcome: str) -> Any:
        del call, outcome
        return "ok"

    def sample(self, way: Way) -> Call:
        now = int(clock.now().timestamp())
        said = {
            "entry_id": f"test-{clock.now().timestamp():.3f}",
            "call_direction": 1,
            "from": {"number": "79990000000"},
            "to": {"extension": "", "number": ""},
            "line_number": "74950000000",
            "create_time": now - 30,
            "forward_time": now - 25,
            "talk_time": 0,
            "end_time": now,
            "entry_result": 0,
            "disconnect_reason": 1110,
        }
        secrets, text = sealed.unseal(way.sealed), orjson.dumps(said).decode()
        key, salt = secrets.get("api_key", ""), secrets.get("api_salt", "")
        form = {"vpbx_api_key": key, "sign": self._sign(key, text, salt), "json": text}
        return Call(urlencode(form).encode(), {"content-type": "application/x-www-form-urlencoded"}, {})


class Zadarma:
    SIGNED: Mapping[str, tuple[str, ...]] = {
        "NOTIFY_START": ("caller_id", "called_did", "call_start"),
        "NOTIFY_INTERNAL": ("caller_id", "called_did", "call_start"),
        "NOTIFY_END": ("caller_id", "called_did", "call_start"),
        "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
        "NOTIFY_OUT_START": ("internal", "destination", "call_start"),
        "NOTIFY_OUT_END": ("internal", "destination", "call_start"),
        "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
    }

    def proves(self, way: Way, call: Call) -> bool:
        try:
            secret, said = sealed.unseal(way.sealed).get("api_secret", ""), call.form()
        except (sealed.UnreadableError, Unreadable):
            return False
        event = str(said.get("event", ""))
        if not secret or event not in self.SIGNED:
            return False
        return same(call.headers.get("signature", ""), self._sign(secret, said))

    def _sign(self, secret: str, said: Mapping[str, Any]) -> str:
        text = "".join(str(said.get(name, "")) for name in self.SIGNED[str(said["event"])])
        digest = hmac.new(secret.encode(), text.encode("utf-8", "replace"), hashlib.sha1).hexdigest()
        return base64.b64encode(digest.encode()).decode()

    def hears(self, way: Way, call: Call) -> Iterator[Heard]:
        said = call.form()
        event = str(said["event"])
        if event not in {"NOTIFY_END", "NOTIFY_OUT_END", "NOTIFY_ANSWER"}:
            yield Nothing()
            return
        outward = event == "NOTIFY_OUT_END"
        began = self._started(way, _required(said, "call_start"))
        talked = self._seconds(said) if _text(said, "disposition") == "answered" else 0
        now = call.at or clock.now()  # it tells of what has just happened, without saying when
        ended = now if event != "NOTIFY_ANSWER" else None
        answered = now if ended is None else max(began, ended - timedelta(seconds=talked)) if talked else None
        yield from calls.heard(
            way,
            Ring(
                _required(said, "pbx_call_id"),
                outward,
                self._plus(_text(said, "destination" if outward else "caller_id")),
                _text(said, "internal") or _text(said, "last_internal"),
                began,
                answered,
                ended,
                _text(said, "called_did"),
            ),
        )

    def _started(self, way: Way, text: str) -> datetime:
        try:
            local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(way.company.zone))
        except ValueError as error:
            raise Unreadable([Problem("call_start", _("This must be an instant in ISO 8601."))]) from error
        return min(local.astimezone(UTC), clock.now())

    @staticmethod
    def _seconds(said: Mapping[str, Any]) -> int:
        text = _text(said, "duration", 9)
        return int(text) if text.isdecimal() else 0

    @staticmethod
    def _plus(number: str) -> str:
        return f"+{number}" if number.isdecimal() and len(number) > 10 else number

    def answers(self, call: Call, outcome: str) -> Any:
        del call, outcome
        return "ok"

    def sample(self, way: Way) -> Call:
        now = clock.now()
        said = {
            "event": "NOTIFY_END",
            "call_start": now.astimezone(ZoneInfo(way.company.zone)).strftime("%Y-%m-%d %H:%M:%S"),
            "pbx_call_id": f"test-{now.timestamp():.3f}",
            "caller_id": "+79990000000",
            "called_did": "74950000000",
            "disposition": "no answer",
            "duration": "0",
        }
        secret = sealed.unseal(way.sealed).get("api_secret", "")
        headers = {"signature": self._sign(secret, said), "content-type": "application/x-www-form-urlencoded"}
        return Call(urlencode(said).encode(), headers, {})
