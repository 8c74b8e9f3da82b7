"""The kinds of ways in, as their page asks for them: what to fill in, what to do on the other side, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from leaddrum.channels import outside
from leaddrum.intake.calls import no_extensions

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Input:
    name: str
    label: Words
    type: str = "text"  # text | password | number | choice
    hint: Words = ""
    choices: Sequence[tuple[str, Words]] = ()
    default: str = ""
    required: bool = False
    secret: bool = False
    only: tuple[str, str] = ("", "")  # asked for when another input has this value

    @property
    def folded(self) -> bool:
        """Few need it: it stands in a part of the page that opens."""
        return self.only[1] == "oauth2"


@dataclass(frozen=True, slots=True)
class Kind:
    kind: str
    preset: str
    label: Words
    about: Words
    inputs: Sequence[Input] = ()
    steps: Sequence[Words] = ()
    maps: bool = False  # its fields can be mapped
    hook: bool = True  # it is called at an address of ours
    ours: bool = True  # it is proved by a secret of ours

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.preset}" if self.preset else self.kind


_SECURITY = (("ssl", lazy("TLS (port 993)")), ("starttls", lazy("STARTTLS (port 143)")), ("plain", lazy("none")))
_MAILBOX = (
    Input("host", lazy("IMAP server"), hint="imap.yandex.ru, imap.mail.ru, imap.gmail.com", required=True),
    Input("security", lazy("Encryption"), "choice", choices=_SECURITY, default="ssl"),
    Input("port", lazy("Port"), "number", hint=lazy("Empty: the usual one.")),
    Input("user", lazy("User name"), hint=lazy("Usually the whole address."), required=True),
    Input("address", lazy("Address of the mailbox"), hint=lazy("Mail from it counts as written by us.")),
    Input(
        "auth",
        lazy("Sign in with"),
        "choice",
        choices=(("password", lazy("an app password")), ("oauth2", "OAuth 2.0")),
        default="password",
    ),
    Input(
        "password",
        lazy("Password"),
        "password",
        hint=lazy("An app password, not the one you sign in with. @name: the file secrets/name of the data folder."),
        secret=True,
        only=("auth", "password"),
    ),
    Input(
        "token_url",
        lazy("Address of the token service"),
        hint="https://oauth2.googleapis.com/token, https://oauth.yandex.ru/token",
        only=("auth", "oauth2"),
    ),
    Input("client_id", lazy("Client id"), only=("auth", "oauth2")),
    Input("client_secret", lazy("Client secret"), "password", secret=True, only=("auth", "oauth2")),
    Input("refresh_token", lazy("Refresh token"), "password", secret=True, only=("auth", "oauth2")),
    Input("folder", lazy("Folder"), default="INBOX"),
    Input(
        "sent_folder",
        lazy("Folder of sent mail"),
        hint=lazy("Colleagues' answers are then seen. Empty: it is not read."),
    ),
    Input(
        "old",
        lazy("Mail that is there already"),
        "choice",
        choices=(("new", lazy("leave it, begin with new mail")), ("all", lazy("all of it becomes leads"))),
        default="new",
    ),
    Input(
        "afterwards",
        lazy("Once a letter has become a lead"),
        "choice",
        choices=(("keep", lazy("leave it as it is")), ("seen", lazy("mark it as read"))),
        default="keep",
    ),
)
_PEOPLE = Input(
    "people",
    lazy("Extensions"),
    hint=lazy("Who has which: 101 = anna, 102 = boris (the id is the end of the address of a person's set-up page)."),
)
_SIGNS = lazy(
    "Sign the body: the header X-LeadDrum-Signature holds “sha256=” and the HMAC-SHA256 of the body in hex, "
    "with the secret below. A sender that cannot sign puts the secret itself into X-LeadDrum-Token."
)

KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "mailbox",
            "",
            lazy("Mailbox"),
            lazy("Letters to a mailbox become leads; answers join them."),
            _MAILBOX,
            (
                lazy("In your mail service allow IMAP and make an app password."),
                lazy("Fill in the form above and save it."),
                lazy("Write a letter to the mailbox from another address: the lead is on the board in a few seconds."),
            ),
            hook=False,
            ours=False,
        ),
        Kind(
            "smtp",
            "",
            lazy("Mail by SMTP"),
            lazy("A mail server, a scanner or a site delivers letters straight to LeadDrum by SMTP."),
            (Input("address", lazy("Address of its letters"), hint=lazy("Empty: the one shown after saving.")),),
            (
                lazy("Whoever runs LeadDrum sets LEADDRUM_SMTP_LISTEN, as 127.0.0.1:2525, and starts it anew."),
                lazy("Let your mail server pass letters for the address on to there."),
                lazy(
                    "Write to the address from another mail service: the lead is on the board."
                    " Only that shows that it is reached from outside; the button above does not."
                ),
            ),
            hook=False,
            ours=False,
        ),
        Kind(
            "form",
            "",
            lazy("Site form"),
            lazy("Your own site or any site builder that sends a webhook with JSON or a form."),
            (),
            (
                lazy("Let the site send a POST to the address below."),
                _SIGNS,
                lazy("Send the form once, then choose below what each of its fields is."),
            ),
            maps=True,
        ),
        Kind(
            "form",
            "tilda",
            "Tilda",
            lazy("Forms of a site made with Tilda."),
            (),
            (
                lazy("In Tilda open Site settings → Forms → Other → Webhook."),
                lazy("Put the address below into WEBHOOK URL."),
                lazy("Under API: the name leaddrum_token, the key is the secret below, sent as POST."),
                lazy("Tick “Send cookies”, so that UTM comes too, save, and connect the webhook to your forms."),
                lazy("Publish the pages and send a form once."),
            ),
            maps=True,
        ),
        Kind(
            "form",
            "yandex",
            lazy("Yandex Forms"),
            lazy("Answers of a form made with Yandex Forms."),
            (),
            (
                lazy("In the form open Integrations and add a request “JSON-RPC POST” (or one of a given method)."),
                lazy("The address is the one below, the method: lead."),
                lazy("Add parameters name, phone, email, text, id; their values are the variables of your questions."),
                lazy("Add the header X-LeadDrum-Token with the secret below."),
                lazy("Yandex sends from IPv6 only: your server must have an IPv6 address."),
                lazy("Send the form once."),
            ),
            maps=True,
        ),
        Kind(
            "calls",
            "mango",
            "Mango Office",
            lazy("Missed and answered calls of a Mango Office virtual PBX."),
            (
                Input("api_key", lazy("Code of your PBX (vpbx_api_key)"), "password", secret=True, required=True),
                Input("api_salt", lazy("Key for the signature"), "password", secret=True, required=True),
                _PEOPLE,
            ),
            (
                lazy("In your Mango Office account open Integrations → API connector and switch it on."),
                lazy("Copy the code of your PBX and the key for the signature into the form above, save."),
                lazy("Put the address below into “Address of the external system”."),
                lazy("Call the number and hang up before anybody answers: the lead is on the board."),
            ),
            ours=False,
        ),
        Kind(
            "calls",
            "zadarma",
            "Zadarma",
            lazy("Missed and answered calls of a Zadarma PBX."),
            (
                Input("api_secret", lazy("Secret of the API"), "password", secret=True, required=True),
                _PEOPLE,
            ),
            (
                lazy("In your Zadarma account open Settings → Integrations and API → Keys, and make a key."),
                lazy("Copy its secret into the form above, save."),
                lazy("Under Notifications of calls put the address below, tick start, answer and end of calls."),
                lazy("Call the number and hang up before anybody answers: the lead is on the board."),
            ),
            ours=False,
        ),
        Kind(
            "calls",
            "asterisk",
            "Asterisk",
            lazy("An Asterisk or FreePBX of your own, by its manager interface (AMI)."),
            (
                Input("host", lazy("Server"), hint="127.0.0.1", required=True),
                Input("port", lazy("Port"), "number", default="5038"),
                Input("user", lazy("User name"), required=True),
                Input("password", lazy("Password"), "password", secret=True, required=True),
                _PEOPLE,
            ),
            (
                lazy("In manager.conf make a user with read = call,cdr and without any write permission."),
                lazy("Let it in from this server only: deny and permit."),
                lazy("Fill in the form above and save it: in a few seconds it says that it works."),
                lazy("Call the number and hang up before anybody answers: the lead is on the board."),
            ),
            hook=False,
            ours=False,
        ),
        Kind(
            "calls",
            "",
            lazy("Other telephony"),
            lazy("Any PBX that can send a webhook at the end of a call."),
            (_PEOPLE,),
            (
                lazy("Let it send a POST with JSON to the address below when a call is over."),
                lazy("Fields: id, direction (in or out), client, extension, started_at, answered_at, ended_at, line."),
                _SIGNS,
            ),
        ),
        Kind(
            "telegram",
            "",
            lazy("Telegram bot for clients"),
            lazy("A conversation with the bot is a lead; you answer on the lead's page."),
            (Input("token", lazy("Token of the bot"), "password", secret=True, required=True),),
            (
                lazy("In Telegram write /newbot to @BotFather and follow it: it gives you a token."),
                lazy("Take another bot than the one that tells your colleagues of leads."),
                lazy("Put the token into the form above and save: in a few seconds it says that it works."),
                lazy("Write to the bot from another account: the lead is on the board."),
            ),
            hook=False,
            ours=False,
        ),
        Kind(
            "chat",
            "",
            lazy("Other messenger"),
            lazy("WhatsApp, Avito, VK or a site's chat by a gateway that sends webhooks."),
            (
                Input(
                    "reply_url",
                    lazy("Address for answers"),
                    hint=lazy("The gateway gets what you write to the client there. Empty: no answers."),
                ),
            ),
            (
                lazy("Let the gateway send a POST with JSON to the address below for each message."),
                lazy("Fields: id, conversation, name, phone, username, text, files."),
                _SIGNS,
                lazy("Answers come to its address signed in the same way: id, conversation, text."),
            ),
        ),
    )
}


def of(kind: str, preset: str) -> Kind | None:
    return KINDS.get(f"{kind}-{preset}" if preset else kind)


def problems(kind: Kind, said: Mapping[str, str], *, new: bool) -> dict[str, str]:
    """What is wrong with what was filled in, by input. A secret that is left empty stays as it is."""
    from django.utils.translation import gettext as _

    wrong: dict[str, str] = {}
    for one in kind.inputs:
        value = said.get(one.name, "").strip()
        asked = not one.only[0] or said.get(one.only[0]) == one.only[1]
        if asked and not value and ((one.required and not one.secret) or (one.secret and new)):
            wrong[one.name] = _("This is required.")
        elif len(value) > 2000:
            wrong[one.name] = _("Too long: at most %(max_length)s characters.") % {"max_length": 2000}
        elif one.type == "number" and value and not (value.isdecimal() and 0 < int(value) < 65536):
            wrong[one.name] = _("A whole number from 1 to 65535.")  # every number asked for is a port
        elif one.type == "choice" and value not in {key for key, _label in one.choices}:
            wrong[one.name] = _("Choose one of the list.")
        elif one.name.endswith("_url") and value and (why := outside.looks_right(value)):
            wrong[one.name] = str(outside.WRONG[why])
        elif one.name == "people" and (pairs := no_extensions(value)):
            wrong[one.name] = _("This cannot be read: %(pairs)s. Write it like: 101 = anna, 102 = boris.") % {
                "pairs": ", ".join(pairs)
            }
    return wrong


def settings_of(kind: Kind, said: Mapping[str, str]) -> dict[str, Any]:
    """The settings that are no secrets."""
    return {one.name: said.get(one.name, "").strip() or one.default for one in kind.inputs if not one.secret}


def secrets_of(kind: Kind, said: Mapping[str, str]) -> dict[str, str]:
    """The secrets that were filled in."""
    return {one.name: said[one.name].strip() for one in kind.inputs if one.secret and said.get(one.name, "").strip()}
