"""Notices (`im.notify.*`): the same tag of the same application replaces the earlier one."""

from __future__ import annotations

from typing import Any

from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.chat import Notice
from tests.bitrix24.portal.kinds import Kind, anything, integer, text

LONGEST_ATTACH = 60_000
OPTIONAL: dict[str, Kind] = {
    "USER_ID": anything,
    "TO": anything,
    "MESSAGE": text,
    "MESSAGE_OUT": text,
    "TAG": text,
    "SUB_TAG": text,
    "ATTACH": anything,
    "CLIENT_ID": text,
}


def _add(caller: Caller, params: Params, author: int) -> int | bool:
    given = params.get("USER_ID", params.get("TO"))
    number = integer(given) if str(given or "").lstrip("-").isdigit() else 0
    if number <= 0:
        raise Refusal(400, "USER_ID_EMPTY", "User ID can't be empty")
    message = params.get("MESSAGE", "").strip()
    if not message:
        raise Refusal(400, "MESSAGE_EMPTY", "Message can't be empty")
    if len(str(params.get("ATTACH", ""))) > LONGEST_ATTACH:
        raise Refusal(400, "ATTACH_OVERSIZE", "You have exceeded the maximum allowable size of attach")
    user = caller.portal.users.get(number)
    if user is None or not user.active:
        return False
    notice = Notice(
        caller.portal.number("notice", 12000),
        number,
        message,
        caller.portal.clock.now(),
        author=author,
        tag=params.get("TAG", ""),
        sub_tag=params.get("SUB_TAG", ""),
        app=_client(caller, params, bool(params.get("TAG") or params.get("SUB_TAG"))),
    )
    return caller.portal.chat.notify(notice).id


def _client(caller: Caller, params: Params, needed: bool) -> str:
    """Whose tags these are; a webhook must say so.

    Raises:
        Refusal: it did not.
    """
    if caller.app is not None:
        return caller.app.client_id
    if needed and not params.get("CLIENT_ID"):
        raise Refusal(403, "ACCESS_DENIED", "Access denied! Client ID not specified")
    return str(params.get("CLIENT_ID", caller.access))


@method("im.notify.personal.add", "im", optional=OPTIONAL, folded=True)
def personal(caller: Caller, params: Params) -> Any:
    return _add(caller, params, caller.user.id)


@method("im.notify.system.add", "im", optional=OPTIONAL, folded=True)
def system(caller: Caller, params: Params) -> Any:
    return _add(caller, params, 0)


@method("im.notify", "im", optional=OPTIONAL | {"TYPE": text}, folded=True)
def either(caller: Caller, params: Params) -> Any:
    return _add(caller, params, 0 if params.get("TYPE", "USER") == "SYSTEM" else caller.user.id)


@method(
    "im.notify.delete", "im", optional={"ID": integer, "TAG": text, "SUB_TAG": text, "CLIENT_ID": text}, folded=True
)
def delete(caller: Caller, params: Params) -> bool:
    chat = caller.portal.chat
    if "ID" in params:
        kept = [each for each in chat.notices if each.id != params["ID"]]
    elif "TAG" in params or "SUB_TAG" in params:
        app = _client(caller, params, True)
        kept = [
            each
            for each in chat.notices
            if each.app != app
            or ("TAG" in params and each.tag != params["TAG"])
            or ("SUB_TAG" in params and each.sub_tag != params["SUB_TAG"])
        ]
    else:
        raise Refusal(400, "PARAMS_ERROR", "Incorrect params")
    gone = len(chat.notices) - len(kept)
    chat.notices, chat.deleted = kept, chat.deleted + gone
    return bool(gone)
