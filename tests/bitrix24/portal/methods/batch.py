"""`batch`: up to fifty calls in one request, one after the other, with references to earlier results."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from tests.bitrix24.portal import calls, php
from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal, Result
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.kinds import anything, mapping

MOST = 50
LONGEST = 60.0  # seconds of one request, then the connection is cut
FORBIDDEN = {"batch", "disk.file.upload", "disk.folder.uploadfile", "telephony.externalcall.attachrecord"}
REFERENCE = re.compile(r"\$result((?:\[[^\]]+\])+)")


class Cut(Exception):
    """The connection is dropped in the middle; the calls made so far stand."""


@method("batch", required={"cmd": mapping}, optional={"halt": anything})
def batch(caller: Caller, params: Params) -> Result:
    """`halt`: nothing after the first error is run, and it stands in no answer either."""
    commands = params["cmd"]
    halt = str(params.get("halt", "0")) in ("1", "true", "True")
    results: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    totals: dict[str, Any] = {}
    nexts: dict[str, Any] = {}
    times: dict[str, Any] = {}
    cut, begun = caller.portal.cut_after, caller.portal.worked
    for number, (key, command) in enumerate(commands.items()):
        if (cut is not None and number >= cut) or caller.portal.worked - begun > LONGEST:
            raise Cut
        try:
            if number >= MOST:
                raise Refusal(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
            name, given = _command(command, results)
            if name.lower() in FORBIDDEN:
                raise Refusal(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage")
            found, cost = calls.call(caller, name, given)
        except Refusal as refusal:
            errors[key] = refusal.body()
            if halt:
                break
            continue
        results[key] = found.value
        if found.total is not None:
            totals[key] = found.total
        if found.next is not None:
            nexts[key] = found.next
        times[key] = calls.block(caller, calls.METHODS[name.lower()].name, cost, inner=True)
    answer = {
        "result": results,
        "result_error": errors,
        "result_total": totals,
        "result_next": nexts,
        "result_time": times,
    }
    return Result({name: _php(each, commands) for name, each in answer.items()})


def _php(found: dict[str, Any], commands: dict[str, Any]) -> Any:
    """As PHP writes maps: an empty one, and one with the keys 0, 1, …, are arrays."""
    if not found:
        return []
    return list(found.values()) if list(found) == [str(number) for number in range(len(found))] else found


def _command(command: Any, results: dict[str, Any]) -> tuple[str, Params]:
    """`method?query`; some clients encode the query twice.

    Raises:
        Refusal: it is no text.
    """
    if not isinstance(command, str):
        raise Refusal(400, "INVALID_REQUEST", "A command is a string")
    name, _, query = command.partition("?")
    if "%25" in query or ("=" not in query and "%3D" in query):
        query = unquote(query)
    return name.strip(), _referred(php.decode(query), results)


def _referred(value: Any, results: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _referred(each, results) for key, each in value.items()}
    if isinstance(value, list):
        return [_referred(each, results) for each in value]
    whole = REFERENCE.fullmatch(value)
    if whole is not None:
        return _found(whole, results)
    return REFERENCE.sub(lambda match: str(_found(match, results)), value)


def _found(match: re.Match[str], results: dict[str, Any]) -> Any:
    """What a reference leads to; nothing, if it leads nowhere."""
    here: Any = results
    for key in match.group(1)[1:-1].split("]["):
        if isinstance(here, list) and key.isdigit() and int(key) < len(here):
            here = here[int(key)]
        elif isinstance(here, dict):
            here = here.get(key, here.get(int(key)) if key.isdigit() else None)
        else:
            return ""
    return "" if here is None else here
