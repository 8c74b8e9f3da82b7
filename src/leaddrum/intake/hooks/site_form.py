"""Forms of sites: our own signed JSON, Tilda's webhook, Yandex Forms' requests. What each field is, is guessed by its
name and can be mended on the way's page, beside the last payload.

Tilda: https://help.tilda.cc/forms-webhook (fields under their names, `tranid`, `formid`, cookies with UTM; an address
is first called with test=test). Yandex Forms: https://yandex.ru/support/forms/ru/send-request (JSON of one's own, or
JSON-RPC with the answers as `params`; own headers).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import orjson
from django.utils.translation import gettext as _

from leaddrum import clock
from leaddrum.intake import clean, columns, fields, form, ways
from leaddrum.intake.hooks.call import TOKEN_FIELD, Call, Heard, Nothing, flat, signature, signed_or_told
from leaddrum.intake.problems import Unreadable
from leaddrum.models import Request, Way

NUMBERS = ("id", "tranid", "external_id", "answer_id", "submission_id", "request_id", "order_id")
SERVICE = frozenset({TOKEN_FIELD, "formid", "formname", "cookies", "jsonrpc", "method", "test"})
DAY = 86_400


class SiteForm:
    def proves(self, way: Way, call: Call) -> bool:
        return signed_or_told(way, call) or self._greets(call)

    def hears(self, way: Way, call: Call) -> Iterator[Heard]:
        if self._greets(call):
            yield Nothing("test")
            return
        data = self._payload(call)
        yield from self._lead(way, call, data)

    def answers(self, call: Call, outcome: str) -> Any:
        del call
        return {"outcome": outcome}

    def sample(self, way: Way) -> Call:
        body = orjson.dumps(self._example(way))
        headers = {"content-type": "application/json", "x-leaddrum-signature": signature(ways.secret_of(way), body)}
        return Call(body, headers, {})

    # What differs from sender to sender

    def _greets(self, call: Call) -> bool:
        del call
        return False

    def _payload(self, call: Call) -> dict[str, Any]:
        return call.data()

    def _example(self, way: Way) -> dict[str, Any]:
        return {
            "id": f"test-{way.pk}-{clock.now().timestamp():.3f}",
            "name": _("Test client"),
            "email": "test@client.example",
            "message": _("This is a test lead. Take it or close it."),
            "utm_source": "test",
        }

    # What is the same

    def _lead(self, way: Way, call: Call, data: Mapping[str, Any]) -> Iterator[Heard]:
        said = dict(flat(data))
        chosen = mapping(way, list(said))
        inputs, own = _sorted(said, chosen)
        words = {name: inputs[name] for name in form.INPUTS if name in inputs} or dict(own)
        if inputs or own:  # else there is nothing to go by, and it is kept for the administrator
            inputs["title"] = inputs.get("title") or self._title(way, data)
        own |= self._traces(said, call)
        number = _number(way, call, _named(said, chosen), words)
        inputs |= {"source": "form", "external_id": number, "fields": own}
        lead = fields.read(inputs)
        yield fields.arrival(lead, way.company, channel="form", drum=way.drum_id, payload=_without(data), way=way.pk)

    def _title(self, way: Way, data: Mapping[str, Any]) -> str:
        named = clean.one_line(str(data.get("formname") or ""))
        return f"{way.name}: {named}"[:300] if named else way.name

    def _traces(self, said: Mapping[str, Any], call: Call) -> dict[str, str]:
        """UTM and where he came from, wherever the sender keeps them."""
        names = {path.rpartition(".")[2].lower(): str(value) for path, value in said.items()}
        return form.traces(names, str(names.get("referer", "") or call.headers.get("referer", "")))


class Tilda(SiteForm):
    def _greets(self, call: Call) -> bool:
        """Its check of a new address; nothing is done on it."""
        return call.body.strip() == b"test=test"

    def answers(self, call: Call, outcome: str) -> Any:
        del call, outcome
        return "ok"

    def _traces(self, said: Mapping[str, Any], call: Call) -> dict[str, str]:
        """Tilda keeps a visitor's UTM in a cookie: TILDAUTM=utm_source%3D…|||utm_medium%3D…"""
        cookies = str(said.get("COOKIES", said.get("cookies", "")))
        kept = next((part.strip() for part in cookies.split(";") if part.strip().startswith("TILDAUTM=")), "")
        parts = unquote(kept.removeprefix("TILDAUTM=")).replace("|||", "&")
        return super()._traces({**dict(parse_qsl(parts[:4000])), **said}, call)

    def sample(self, way: Way) -> Call:
        example = self._example(way)
        said = {
            "Name": example["name"],
            "Email": example["email"],
            "Comments": example["message"],
            "tranid": example["id"],
            "formid": "form1",
            "formname": _("Test"),
            "COOKIES": "TILDAUTM=utm_source%3Dtest",
            TOKEN_FIELD: ways.secret_of(way),
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return Call(urlencode(said).encode(), headers, {})


class YandexForms(SiteForm):
    def _payload(self, call: Call) -> dict[str, Any]:
        data = call.data()
        inner = data.get("params")
        if isinstance(inner, dict) and "jsonrpc" in data:
            return {**inner, "id": inner.get("id", data.get("id"))}
        return data

    def answers(self, call: Call, outcome: str) -> Any:
        try:
            data = call.data()
        except Unreadable:
            data = {}
        if "jsonrpc" in data:
            return {"jsonrpc": "2.0", "id": data.get("id"), "result": outcome}
        return {"outcome": outcome}

    def sample(self, way: Way) -> Call:
        said = {"jsonrpc": "2.0", "method": "lead", "id": 1, "params": self._example(way)}
        headers = {"content-type": "application/json", "x-leaddrum-token": ways.secret_of(way)}
        return Call(orjson.dumps(said), headers, {})


def mapping(way: Way, names: list[str]) -> dict[str, str]:
    """What each field of a payload is: as chosen on the page, else by its name; see `columns`."""
    chosen: dict[str, str] = dict(way.settings.get("map", {}))
    guessed = columns.guess([name.rpartition(".")[2] for name in names]) or [columns.OWN] * len(names)
    found: dict[str, str] = {}
    for name, guess in zip(names, guessed, strict=True):
        last = name.rpartition(".")[2].lower()
        if last in SERVICE or last in form.TRACES or last in {"referer", "referrer"}:
            guess = columns.SKIP
        elif last in NUMBERS:
            guess = "external_id" if "external_id" not in found.values() else columns.OWN
        target = chosen.get(name, guess)
        taken = target in columns.TARGETS and target in found.values()
        found[name] = columns.OWN if taken else target
    return found


def _sorted(said: Mapping[str, Any], chosen: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the lead's inputs, its own fields)."""
    inputs: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for name, value in said.items():
        target = chosen.get(name, columns.OWN)
        plain = ", ".join(str(item) for item in value) if isinstance(value, list) else value
        if target in columns.TARGETS and target not in {"owner", "external_id"}:
            inputs[target] = str(plain)
        elif target == columns.OWN and len(own) < fields.MOST_FIELDS - len(form.TRACES):
            own[name[-fields.LONGEST_NAME :]] = plain if not isinstance(plain, str) else plain[: fields.LONGEST_VALUE]
    return inputs, own


def _named(said: Mapping[str, Any], chosen: Mapping[str, str]) -> str:
    """The sender's own number of it, if he has one."""
    return next((str(said[name]) for name, target in chosen.items() if target == "external_id" and name in said), "")


def _number(way: Way, call: Call, named: str, words: Mapping[str, Any]) -> str:
    """By which a repeat is known: the sender's number with what the client says, else all of the call; today or
    yesterday. The number alone is not enough: what looks like one may be the form's own, the same for every client."""
    said = repr((named, sorted(words.items()))).encode("utf-8", "replace") if named else call.body
    digest = hashlib.sha256(said).hexdigest()[:40]
    today = int(clock.now().timestamp()) // DAY
    yesterday = f"form:{way.pk}:{digest}:{today - 1}"
    if Request.objects.filter(company=way.company_id, external_id=yesterday).exists():
        return yesterday
    return f"form:{way.pk}:{digest}:{today}"


def _without(data: Mapping[str, Any]) -> dict[str, Any]:
    """The payload without the secret it was proved with."""
    return {str(name): value for name, value in data.items() if name != TOKEN_FIELD}
