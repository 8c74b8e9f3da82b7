"""What somebody of ours replies to a notice in his private chat with the bot goes to the client it is about.

Telegram tells of a reply with the message it answers (`reply_to_message`, https://core.telegram.org/bots/api#message);
whose lead that message is about stands in `models.Posted`. Only whose turn it is, or who has the lead, writes to the
client; a group talks about other things too, so nothing said there goes out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from leaddrum import engine, words
from leaddrum.channels import telegram_files
from leaddrum.channels.botapi import Bot, BotError, bot_number
from leaddrum.channels.telegram_follow import linked, whose
from leaddrum.engine import org
from leaddrum.models import Cycle, Person, Posted


def heard(message: dict[str, Any], client: Bot, now: datetime) -> str:
    """Do what a private message to our bot, `client`, asks for; what the bot says to it."""
    account = str((message.get("from") or {}).get("id"))
    above = message.get("reply_to_message")
    if not isinstance(above, dict):
        return _aside(account)
    about = _about(str(message["chat"]["id"]), above)
    who = linked(account, about.company_id) if about is not None else None
    if about is None or about.cycle is None:
        return _aside(account)
    if who is None:
        return _stranger()
    translation.activate(who.person.language or about.cycle.company.language)
    return _answered(message, client, about.cycle, who.person, now)


def _about(chat: str, above: dict[str, Any]) -> Posted | None:
    """The notice that he replies to. A message of a bot before this one may have had the same number."""
    if (above.get("from") or {}).get("id") != bot_number():
        return None
    found = Posted.objects.filter(chat=chat, message=int(above["message_id"]), bot=bot_number())
    return found.select_related("cycle__lead", "cycle__company").order_by("-pk").first()


def _answered(message: dict[str, Any], client: Bot, cycle: Cycle, person: Person, now: datetime) -> str:
    text = str(message.get("text") or message.get("caption") or "")
    try:
        files, missing = telegram_files.fetched(client, settings.TELEGRAM_TOKEN, message)
    except BotError:
        return f"{_not_had()} {_not_sent()}"
    if missing or not (text or files):
        return f"{_not_had() if missing else _('Only words and files go to the client from here.')} {_not_sent()}"
    number = f"telegram:{bot_number()}:{message['chat']['id']}:{message['message_id']}"
    try:
        done = engine.answer(cycle.lead_id, text, files, by=person.pk, now=now, number=number, his=True)
    except engine.Refused as error:
        return f"{words.refusal(error)} {_not_sent()}"
    if isinstance(done, engine.Stale):
        names = {member.id: member.name for member in org.of(cycle.company, now).people.values()}
        zone = ZoneInfo(person.zone or cycle.company.zone)
        return f"{words.stale(done, names, zone, now)} {_not_sent()}"
    on_its_way = _("It is on its way to the client.")
    if done.outcome == "taken":
        return f"{on_its_way} {_('The lead is yours.')}"
    cycle = Cycle.objects.filter(lead=cycle.lead_id).latest("number")
    if cycle.state == Cycle.State.OFFERED:
        return f"{on_its_way} {_('The lead is not taken by it: press “Take”, its time runs on.')}"
    return on_its_way


def _not_had() -> str:
    most = telegram_files.LARGEST_FILE // 2**20
    return _("The file is too large or cannot be had from Telegram: at most %(most)s MB.") % {"most": most}


def _not_sent() -> str:
    return _("Nothing was sent to the client.")


def _aside(account: str) -> str:
    """He talks to the bot itself."""
    known = whose(account).first()
    if known is None:
        return _stranger()
    person = known.person
    translation.activate(person.language or person.company.language)
    return _("To write to a client, reply to the message about his lead: swipe it or hold it, then “Reply”.")


def _stranger() -> str:
    return _("Open “How I am told” in LeadDrum and press “Link Telegram”: the bot then knows who you are.")
